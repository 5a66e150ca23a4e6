/** A migration tool that was seen in a container. */
export interface Sighting {
  readonly tool: "alembic" | "flask" | "django";
  /** Its configuration in the container. */
  readonly path: string;
  /** Checksum of the revision files; equal ones are the same scripts. */
  readonly revisions: string | undefined;
}
