import type { OnFailure } from "../config/levels.ts";
import type { ImageChoice } from "./shared_options.ts";

/** What `upgrade` and `downgrade` take. */
export interface MigrationOptions extends ImageChoice, UpgradeChoices {
  /** As typed: an identifier or its beginning, `head`, `base`, `+1`, `-1`, `label@head`. */
  readonly revision: string;
  readonly retries: number | undefined;
  /** `auto` as the guard says. */
  readonly backup: "auto" | "none";
  readonly dryRun: boolean;
}

/** What only `upgrade` lets one choose. */
export interface UpgradeChoices {
  /** `auto` as the guard says. */
  readonly rehearsal: "auto" | "none";
  /** Findings of the rehearsal that are accepted, by name. */
  readonly allow: readonly string[];
  /** What becomes of applied revisions where one fails; undefined: as the settings say. */
  readonly onFailure: OnFailure | undefined;
  /** URLs that must answer afterwards; none: as the settings say. */
  readonly health: readonly string[];
}
