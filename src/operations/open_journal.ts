import { join } from "node:path";
import { prepareFolder } from "../backups/folder.ts";
import { Journal } from "../backups/journal.ts";
import { type JournalNote, readJournal } from "../backups/journal_read.ts";
import type { TargetName } from "../backups/manifest.ts";
import { JOURNAL } from "../backups/names.ts";
import { requireWritable } from "../backups/writable.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import type { Context } from "./context.ts";

/** Where a target's journal is. */
export interface JournalPlace {
  readonly dir: string;
  readonly target: TargetName;
}

/** A run that does several things in one folder says it once. */
const TOLD = new Set<string>();

/**
 * The journal of a target for a run that is about to change it. Refuses while nothing is done where
 * its folder cannot be written, or something else lies in the journal's place; what of the journal
 * cannot be read is said, since the run rests on it.
 */
export async function openJournal(
  { runId, clock, emit }: Pick<Context, "runId" | "clock" | "emit">,
  { dir, target }: JournalPlace,
): Promise<Journal> {
  const folder = await prepareFolder(dir, target);
  await requireWritable(folder, runId);
  const { notes } = await readJournal(join(folder, JOURNAL));
  const trouble = notesText(join(folder, JOURNAL), notes);
  const about = `${folder}\0${runId}`;
  if (trouble && !TOLD.has(about)) {
    TOLD.add(about);
    emit({ type: "warning", code: "journal-damaged", ...trouble });
  }
  return new Journal(folder, runId, clock);
}

/** Says which outcomes are missing in a journal, where no report follows that would. */
export function sayUnwritten({ emit }: Pick<Context, "emit">, { unwritten }: Journal): void {
  for (const text of unwritten) emit({ type: "warning", code: "journal-not-written", text });
}

/** The same as the part of a report that has it only then. */
export function warned({ unwritten }: Journal): { warnings?: readonly string[] } {
  return unwritten.length > 0 ? { warnings: unwritten } : {};
}

/** What is wrong with a journal, and what helps. */
export interface JournalTrouble {
  readonly text: string;
  readonly hint: string;
}

/** What is wrong with the journal in a folder: it cannot be read, or not in every line. */
export async function journalTrouble(folder: string): Promise<JournalTrouble | undefined> {
  const path = join(folder, JOURNAL);
  try {
    return notesText(path, (await readJournal(path)).notes);
  } catch (error) {
    if (!(error instanceof OakumError)) throw error;
    const text = `The journal cannot be read: ${error.message}`;
    return { text, hint: error.hint ?? `Look at it: ls -l ${shellWord(path)}` };
  }
}

const MOST = 5;

function notesText(path: string, notes: readonly JournalNote[]): JournalTrouble | undefined {
  const [first] = notes;
  if (!first) return undefined;
  const lines = notes.slice(0, MOST).map(({ line, kind }) => `line ${line} (${WORDS[kind]})`);
  const more = notes.length - lines.length;
  const which = [...lines, ...more > 0 ? [`${more} more`] : []].join(", ");
  const file = shellWord(path);
  const onlyNewer = notes.every(({ kind }) => kind === "newer");
  return {
    text: `The journal "${path}" cannot be read in ${which}: what oakum did there is not known ` +
      "to this run. Every other line counts.",
    hint: onlyNewer
      ? "Use the oakum that wrote it, or a newer one."
      : `Look at it: sed -n ${first.line}p ${file} | cat -v. To take it out, and keep a copy: ` +
        `cp ${file} ~/ && sed -i ${first.line}d ${file}`,
  };
}

const WORDS = { torn: "cut as it was written", damaged: "damaged", newer: "of a newer oakum" };
