/** What oakum does before a change of the database. */
export const GUARDS = ["full", "backup", "none"] as const;

/** How far a backup is proved. */
export const VERIFY_LEVELS = ["read", "restore", "none"] as const;

/** What happens where an upgrade fails. */
export const ON_FAILURE = ["stop", "downgrade", "restore"] as const;

/** One of `GUARDS`. */
export type Guard = typeof GUARDS[number];

/** One of `VERIFY_LEVELS`. */
export type VerifyLevel = typeof VERIFY_LEVELS[number];

/** One of `ON_FAILURE`. */
export type OnFailure = typeof ON_FAILURE[number];
