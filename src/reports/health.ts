/** One thing that was looked at after an upgrade. */
export interface HealthCheck {
  readonly what: "container" | "address";
  /** The container's name, or the address as it was given, without a password. */
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, as half a sentence. */
  readonly text: string;
}

/** How the app was after an upgrade. */
export interface Health {
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
  /** Lines that the app wrote since the upgrade began and that speak of errors, the last ones. */
  readonly errors: readonly string[];
}
