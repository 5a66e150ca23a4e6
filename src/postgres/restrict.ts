import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import type { ServerSession } from "./session.ts";
import { toolCommand } from "./tools.ts";

/** The first minor release of each major whose psql knows `\restrict`. */
const KNOWN_SINCE: Readonly<Record<number, number>> = { 14: 19, 15: 14, 16: 10, 17: 6 };

/** Whether the psql beside the server knows `\restrict`, which pg_dump writes since August 2025. */
export async function psqlKnowsRestrict(session: ServerSession): Promise<boolean> {
  const { stdout } = await session.runTool(toolCommand("psql", ["--version"]), {
    database: "postgres",
  });
  return knowsRestrict(stdout);
}

/** The same for what `psql --version` printed. */
export function knowsRestrict(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return true; // a development version, such as 19devel
  return Number(minor) >= (KNOWN_SINCE[Number(major)] ?? (Number(major) >= 18 ? 0 : Infinity));
}

/**
 * The arguments that make psql read a script with its own commands locked: `\connect`, `\!` and all
 * others end it. Nobody but this call knows the word, so no script can open the lock.
 */
export function restricted(): string[] {
  return [`--command=\\restrict ${randomBytes(32).toString("hex")}`, "--file=-"];
}

/** Refuses a script for a server that others live on where psql's own commands cannot be locked. */
export async function requireRestrict(session: ServerSession, path: string): Promise<void> {
  if (await psqlKnowsRestrict(session)) return;
  throw new OakumError(
    "psql-too-old",
    "refused",
    `"${path}" is a script, and the psql of the server's image is older than 17.6, 16.10, 15.14 or ` +
      "14.19: it carries out commands in a script, such as \\connect, that can leave its database.",
    {
      hint:
        `Make a backup of it that needs no psql: oakum adopt ${
          shellWord(path)
        }; then restore that ` +
        "one by its name. Or use a newer image of the same major version.",
      data: { path },
    },
  );
}

/** Where pg_dump writes its `\restrict`: behind the first lines of comment, and nowhere else. */
const HEAD = 64;

/** The same for a script of one database as pg_dump wrote it: the opening line is in its head. */
export function withoutOwnRestrict(script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return withoutRestrict(script, HEAD);
}

/**
 * Takes `\restrict` and `\unrestrict` out of a script, for a psql that would stop at them. Their word
 * is 63 random letters, and both must carry the same: no line of data is taken for one of them.
 * The opening one is looked for in the first `within` bytes.
 */
export async function* withoutRestrict(
  script: AsyncIterable<Uint8Array>,
  within = Infinity,
): AsyncGenerator<Uint8Array> {
  const filter = new RestrictFilter(within);
  for await (const chunk of script) yield* filter.push(chunk);
  yield* filter.rest();
}

const LINE = /^\\(un)?restrict (\w{20,100})\r?$/;
const LONGEST = 128;
const LF = 0x0a;

class RestrictFilter {
  /** The end of the last chunk, as far as it may be the beginning of such a line. */
  #held: Uint8Array = Buffer.alloc(0);
  #atLineStart = true;
  #word: string | undefined;
  /** Bytes of the script before those that are looked at. */
  #before = 0;

  constructor(private readonly within: number) {}

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    const bytes = Buffer.concat([this.#held, chunk]);
    const lastLine = bytes.lastIndexOf(LF) + 1;
    const startsLine = lastLine > 0 || this.#atLineStart;
    const hold = startsLine && bytes.length - lastLine < LONGEST ? lastLine : bytes.length;
    this.#held = bytes.subarray(hold);
    yield* this.#filtered(bytes.subarray(0, hold));
    if (hold > 0) this.#atLineStart = bytes[hold - 1] === LF;
  }

  *rest(): Generator<Uint8Array> {
    yield* this.#filtered(this.#held);
  }

  *#filtered(bytes: Uint8Array): Generator<Uint8Array> {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let passed = 0;
    for (let at = text.indexOf("restrict "); at >= 0; at = text.indexOf("restrict ", at + 1)) {
      const start = text.lastIndexOf(LF, at) + 1;
      if (at - start > 3 || start < passed || start === 0 && !this.#atLineStart) continue;
      const end = text.indexOf(LF, at);
      const line = text.toString("latin1", start, end < 0 ? text.length : end);
      if (!this.#drops(line, this.#before + start)) continue;
      if (start > passed) yield text.subarray(passed, start);
      passed = end < 0 ? text.length : end + 1;
    }
    if (passed < text.length) yield text.subarray(passed);
    this.#before += text.length;
  }

  #drops(line: string, at: number): boolean {
    const [, closing, word] = LINE.exec(line) ?? [];
    const opens = this.#word === undefined && at < this.within;
    if (word === undefined || !(closing ? word === this.#word : opens)) return false;
    this.#word = closing ? undefined : word;
    return true;
  }
}
