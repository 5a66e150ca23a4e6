import { fileError } from "./file_error.ts";
import { readBetween } from "./files.ts";
import { LONGEST, openFile } from "./open_file.ts";
import { type Intent, type JournalEntry, journalEntry } from "./journal_entry.ts";

/** A line that could not be read. */
export interface JournalNote {
  /** Number of the line, from 1. */
  readonly line: number;
  /** `torn`: the last line, cut by a run that died while it wrote. `newer`: of a newer oakum. */
  readonly kind: "torn" | "damaged" | "newer";
  readonly text: string;
}

/** What a journal says, and what of it could not be read. */
export interface JournalContent {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
  readonly notes: readonly JournalNote[];
}

/** Reads a journal; one that does not exist is empty, and a line that is damaged is a note. */
export async function readJournal(path: string): Promise<JournalContent> {
  try {
    using file = await openFile(path, { read: true, longest: LONGEST.journal });
    // Shared: a line that another run is just writing is waited for, not taken for a torn one.
    await file.lock(false);
    return parseJournal(await readBetween(file, 0, (await file.stat()).size));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return { entries: [], notes: [] };
    throw fileError("read", path, thrown);
  }
}

/** Reads a journal from its bytes. */
export function parseJournal(bytes: Uint8Array): JournalContent {
  const entries: JournalEntry[] = [];
  const notes: JournalNote[] = [];
  for (const { line, text, isLast } of linesOf(bytes)) {
    const entry = parseLine(text);
    if (typeof entry === "object") entries.push(entry);
    else {
      notes.push(noteOf(line, entry, isLast));
      const behind = entry === "damaged" ? entryBehind(text) : undefined;
      if (behind) entries.push(behind);
    }
  }
  return { entries, notes };
}

/** Intents without an outcome, oldest first: steps during which a run died. */
export function unfinished(entries: readonly JournalEntry[]): Intent[] {
  const ended = new Set(entries.flatMap(({ kind, id }) => kind === "outcome" ? [id] : []));
  return entries.filter((entry): entry is Intent =>
    entry.kind === "intent" && !ended.has(entry.id)
  );
}

interface Line {
  readonly line: number;
  readonly text: Uint8Array;
  /** Whether it is the end of the file and lacks its newline. */
  readonly isLast: boolean;
}

function* linesOf(bytes: Uint8Array): Generator<Line> {
  let line = 1;
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, at);
    const text = bytes.subarray(at, end < 0 ? undefined : end);
    if (text.length > 0) yield { line, text, isLast: end < 0 };
    at = end < 0 ? bytes.length : end + 1;
  }
}

/** A whole entry at the end of a line that begins with something else, such as half of another. */
function entryBehind(line: Uint8Array): JournalEntry | undefined {
  const at = new TextDecoder("latin1").decode(line).lastIndexOf('{"v":');
  const entry = at > 0 ? parseLine(line.subarray(at)) : undefined;
  return typeof entry === "object" ? entry : undefined;
}

function parseLine(bytes: Uint8Array): JournalEntry | "damaged" | "newer" {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value?.v === "number" && value.v > 1) return "newer";
    return journalEntry.parse(value);
  } catch {
    return "damaged";
  }
}

function noteOf(line: number, why: "damaged" | "newer", isLast: boolean): JournalNote {
  if (why === "newer") {
    return { line, kind: why, text: `Line ${line} of the journal was written by a newer oakum.` };
  }
  return isLast
    ? {
      line,
      kind: "torn",
      text: `The last line of the journal, ${line}, was cut as it was written.`,
    }
    : {
      line,
      kind: "damaged",
      text: `Line ${line} of the journal is damaged and was passed over.`,
    };
}
