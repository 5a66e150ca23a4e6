import { Buffer } from "node:buffer";
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
 * Takes `\restrict` and `\unrestrict` out of a script, for a psql that would stop at them. Their word
 * is 63 random letters, and both must carry the same: no line of data is taken for one of them.
 */
export async function* withoutRestrict(
  script: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const filter = new RestrictFilter();
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
      if (!this.#drops(line)) continue;
      if (start > passed) yield text.subarray(passed, start);
      passed = end < 0 ? text.length : end + 1;
    }
    if (passed < text.length) yield text.subarray(passed);
  }

  #drops(line: string): boolean {
    const [, closing, word] = LINE.exec(line) ?? [];
    if (word === undefined || (closing ? word !== this.#word : this.#word !== undefined)) {
      return false;
    }
    this.#word = closing ? undefined : word;
    return true;
  }
}
