import { dirname, join } from "node:path";
import { messageOf } from "../core/errors.ts";
import { type Clock, rfc3339 } from "../core/time.ts";
import { fileError } from "./file_error.ts";
import { lookup, readBetween, syncFolder, writeAll } from "./files.ts";
import {
  type JournalData,
  type JournalEntry,
  journalEntry,
  type Operation,
} from "./journal_entry.ts";
import { parseJournal } from "./journal_read.ts";
import { openFile } from "./open_file.ts";
import { JOURNAL } from "./names.ts";

/** How much is read at a time, from the end, to find the last newline. */
const TAIL = 64 * 1024;
const NEWLINE = 0x0a;

/** A step that was announced and has not ended. */
export interface OpenStep {
  /** Writes the outcome. Without it, the next run finds the step unfinished. */
  end(ok: boolean, data?: JournalData): Promise<void>;
  /** The same where a journal that cannot be written must not stop what was done: it keeps that. */
  tryEnd(ok: boolean, data?: JournalData): Promise<void>;
}

/** What one run writes into the journal of a target. */
export class Journal {
  /** By folder and run: one that restores after a failed upgrade writes through two of these. */
  static readonly #steps = new Map<string, number>();

  /** Why outcomes are missing in it, in sentences. */
  readonly unwritten: string[] = [];

  /** `folder` is that of the target's backups; it exists. */
  constructor(
    readonly folder: string,
    readonly run: string,
    readonly clock: Clock,
  ) {}

  /** The journal's file. */
  get path(): string {
    return join(this.folder, JOURNAL);
  }

  /** Announces a step: when this returns, the intent is on the disk and the step may begin. */
  async begin(operation: Operation, step: string, data: JournalData = {}): Promise<OpenStep> {
    const number = (Journal.#steps.get(this.#key) ?? 0) + 1;
    Journal.#steps.set(this.#key, number);
    const id = `${this.run}.${number}`;
    const entry = { v: 1 as const, run: this.run, id, operation, step };
    await appendEntry(this.path, { ...entry, at: this.#now(), kind: "intent", data });
    const end: OpenStep["end"] = (ok, result = {}) =>
      appendEntry(this.path, { ...entry, at: this.#now(), kind: "outcome", ok, data: result });
    const tryEnd: OpenStep["tryEnd"] = (ok, result) =>
      end(ok, result).catch((error) => {
        this.unwritten.push(
          `How "${operation} ${step}" ended could not be written into the journal: ` +
            `${messageOf(error)} The next run finds it unfinished, and looks at the database.`,
        );
      });
    return { end, tryEnd };
  }

  get #key(): string {
    return `${this.folder}\0${this.run}`;
  }

  #now(): string {
    return rfc3339(this.clock.now());
  }
}

/** Adds one line and forces it to the disk; lines of several runs never mix. */
export async function appendEntry(path: string, entry: JournalEntry): Promise<void> {
  const line = new TextEncoder().encode(JSON.stringify(journalEntry.parse(entry)) + "\n");
  const found = await lookup(path);
  try {
    using file = await openFile(path, { read: true, append: true, create: true });
    await file.lock(true);
    await mendTail(file);
    await appendWhole(file, line);
    await file.sync();
  } catch (thrown) {
    throw fileError("write", path, thrown);
  }
  if (!found) await syncFolder(dirname(path));
}

/** A line that fits only in part, since the disk is full, is taken back. */
async function appendWhole(file: Deno.FsFile, line: Uint8Array): Promise<void> {
  const { size } = await file.stat();
  try {
    await writeAll(file, line);
  } catch (thrown) {
    await file.truncate(size);
    throw thrown;
  }
}

/**
 * Cuts off what a run that died in the middle of a line has left. It loses nothing: an intent that
 * was not whole was never acted upon, and a step whose outcome was not whole counts as unfinished.
 */
async function mendTail(file: Deno.FsFile): Promise<void> {
  const { size } = await file.stat();
  const start = await lastLineStart(file, size);
  if (start === size) return;
  const isWhole = parseJournal(await readBetween(file, start, size)).entries.length === 1;
  if (isWhole) await writeAll(file, new Uint8Array([NEWLINE]));
  else await file.truncate(start);
}

/** Where the line begins that has no newline yet; the file's size where there is none. */
async function lastLineStart(file: Deno.FsFile, size: number): Promise<number> {
  for (let to = size; to > 0; to -= TAIL) {
    const from = Math.max(0, to - TAIL);
    const newline = (await readBetween(file, from, to)).lastIndexOf(NEWLINE);
    if (newline >= 0) return from + newline + 1;
  }
  return 0;
}
