import type { JournalData } from "../../../backups/journal_entry.ts";
import type { OnFailure } from "../../../config/levels.ts";
import type { RehearsalReport } from "../../../reports/rehearsal.ts";

/** What only an upgrade is asked to be. */
export interface UpgradeRequest {
  /** Undefined: it is not rehearsed; `whyNotRehearsed` says why. */
  readonly rehearsal: Rehearsing | undefined;
  readonly whyNotRehearsed: string;
  /** Findings that are accepted, by the names of their rules. */
  readonly allow: readonly string[];
  readonly onFailure: OnFailure;
  /** Addresses that must answer afterwards. */
  readonly health: readonly string[];
  /** The app's own container, which is looked at afterwards. */
  readonly container: AppContainer;
  /** The image whose migrations are applied. */
  readonly image: ImageName;
  /** The one that the app runs: where it has to be brought back to, if the upgrade is. */
  readonly runs: ImageName;
  /** Who runs this, as far as the machine knows. */
  readonly by: string;
  /** Services whose sessions a restore ends: they are named for a restart. */
  readonly services: readonly string[];
}

/** How a rehearsal is come by. */
export interface Rehearsing {
  /** Rehearses what is pending, on a copy of a backup that has the schema of now. */
  readonly rehearse: () => Promise<RehearsalReport>;
  /** The hash of what it is set to, see `settingsHash()`. */
  readonly settings: string;
  /** The command that the app must have run on the new schema, where one is set. */
  readonly run: string | undefined;
}

/** A container, and whether it ran before the upgrade. */
export interface AppContainer {
  readonly id: string;
  /** Without the slash. */
  readonly name: string;
  readonly running: boolean;
}

/** An image as it was named, and its content. */
export interface ImageName {
  readonly name: string;
  readonly id: string;
}

/** What the journal keeps of an upgrade as a whole: what a rollback needs, and who accepted what. */
export function journalNote(
  { image, runs, by, allow }: UpgradeRequest,
  rehearsal: RehearsalReport | undefined,
): JournalData {
  return {
    image: { ...runs },
    scripts: { ...image },
    by,
    allowed: [...allow],
    rehearsed: rehearsal ? { at: rehearsal.rehearsedAt, on: rehearsal.data.name } : null,
  };
}
