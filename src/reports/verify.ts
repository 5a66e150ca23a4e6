/** What was found out about one backup. */
export interface Verified {
  readonly id: string;
  readonly folder: string;
  /** How far it is proved now; `none` where something was found. */
  readonly level: "none" | "read" | "restore";
  /** Sentences on what is wrong with it; empty where nothing is. */
  readonly findings: readonly string[];
  /** Why a restore in a sandbox cannot prove it; absent where it can, or was not asked to. */
  readonly notProved?: string;
  readonly tookMs: number;
}

/** What `verify` found out. */
export interface VerifyReport {
  readonly kind: "verify";
  readonly verified: readonly Verified[];
}
