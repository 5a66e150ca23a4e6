import { OakumError } from "../core/errors.ts";
import { fileStamp } from "../core/time.ts";
import type { Manifest } from "./manifest.ts";

const STEM = /^(db_backup_\d{8}_\d{6}(?:_\d+)?)\.(dump|sql|sql\.gz|globals\.sql|json)$/;
/** The journal's file name, in the folder of the target's backups. */
export const JOURNAL = "journal.jsonl";
/** The file name of the last rehearsal's report, in the same folder. */
export const REHEARSAL = "rehearsal.json";
/** The file name of the model drift that is known, in the same folder. */
export const KNOWN_DRIFT = "known_drift.json";

const TEMPORARY = ".oakum-tmp-";
const UNPUBLISHED = ".unpublished";

/** The stem of the backup that a file name belongs to, or nothing for any other name. */
export function stemOf(fileName: string): string | undefined {
  return STEM.exec(fileName)?.[1];
}

/**
 * The stem for a backup of this instant that no name in the folder has yet. A second backup within
 * one second gets `_2`, rather than a later second that would not be true.
 */
export function freeStem(takenAt: Date, names: Iterable<string>): string {
  const taken = new Set(Array.from(names, stemOf));
  const stem = `db_backup_${fileStamp(takenAt)}`;
  let free = stem;
  for (let n = 2; taken.has(free); n++) free = `${stem}_${n}`;
  return free;
}

/** How a dump is written: the part of the manifest that decides its extension. */
export type DumpForm = Pick<Manifest["dump"], "format" | "compression">;

/** `.dump`, `.sql` or `.sql.gz`. */
export function dumpExtension({ format, compression }: DumpForm): string {
  if (format === "custom") return ".dump";
  if (compression === "none") return ".sql";
  if (compression.startsWith("gzip")) return ".sql.gz";
  throw new OakumError(
    "dump-form",
    "usage",
    `A plain dump is written without compression or with gzip, not with "${compression}".`,
  );
}

/** The manifest's file name. */
export function manifestName(stem: string): string {
  return `${stem}.json`;
}

/** The file name of the roles and their settings. */
export function globalsName(stem: string): string {
  return `${stem}.globals.sql`;
}

/** The name of a file that this run has not finished; hidden, and never taken for a backup. */
export function temporaryName(run: string, fileName: string): string {
  return `${TEMPORARY}${run}-${fileName}`;
}

/**
 * The name of a manifest whose backup is half published or half removed. While it lies there
 * without the real manifest, the files that it names belong to a dead run and to nobody else.
 */
export function markerName(run: string, stem: string): string {
  return temporaryName(run, stem + UNPUBLISHED);
}

/** What a temporary name says, or nothing where it is not one. */
export interface TemporaryName {
  readonly run: string;
  /** The name that the file would have got. */
  readonly fileName: string;
  /** The stem, where this is the marker of a half published or half removed backup. */
  readonly marks: string | undefined;
}

/** Reads a temporary name back; nothing for names that are not oakum's temporary ones. */
export function parseTemporary(name: string): TemporaryName | undefined {
  const [, run, fileName] = /^\.oakum-tmp-([0-9A-Za-z]+)-(.+)$/.exec(name) ?? [];
  if (!run || !fileName) return undefined;
  const stem = fileName.endsWith(UNPUBLISHED) ? fileName.slice(0, -UNPUBLISHED.length) : undefined;
  return { run, fileName, marks: stem && stemOf(manifestName(stem)) };
}
