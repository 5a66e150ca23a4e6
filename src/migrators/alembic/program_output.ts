import { OakumError } from "../../core/errors.ts";
import type { Output } from "../../docker/frames.ts";
import { type ServedLine, servedLine } from "./replies.ts";

const PRINTED_LIMIT = 20_000;
/** The probe's answer of some ten thousand revisions. */
const LINE_LIMIT = 32 * 2 ** 20;
/** What does not begin as a line of ours does is looked at no further than this. */
const ODD_LIMIT = 4096;
const [LINE_FEED, BRACE] = [0x0a, 0x7b];

/** What comes out of an interpreter: its lines, and what the programs in it print. */
export class ProgramOutput {
  readonly #textDecoder = new TextDecoder();
  readonly #lines: string[] = [];
  /** The beginning of a line, as bytes: text would take twice the room. */
  #rest: Uint8Array[] = [];
  #printed = "";

  constructor(private readonly output: AsyncGenerator<Output>) {}

  /** What env.py and the migrations of the program printed, its end. */
  get printed(): string {
    return this.#printed.slice(-PRINTED_LIMIT);
  }

  /** The next line; undefined where there is none any more. */
  async next(): Promise<ServedLine | undefined> {
    while (this.#lines.length === 0) {
      if (!await this.#read()) return undefined;
    }
    return parse(this.#lines.shift()!);
  }

  /**
   * Reads what was printed up to a line that ends it, and forgets it: the next program's follows. False
   * where there is no such line.
   */
  async forgetTo(mark: string): Promise<boolean> {
    let at: number;
    while ((at = this.#printed.indexOf(mark)) < 0) {
      if (!await this.#read()) return false;
    }
    this.#printed = this.#printed.slice(at + mark.length).trimStart();
    return true;
  }

  /** Reads some more; false at the end. */
  async #read(): Promise<boolean> {
    const { done, value } = await this.output.next();
    if (done) return false;
    if (value.stream === "stderr") {
      const text = this.#textDecoder.decode(value.data, { stream: true });
      // Of one chunk nothing is cut: what ends a program's share may be at its beginning.
      this.#printed = this.#printed.slice(-PRINTED_LIMIT) + text;
      return true;
    }
    this.#takeLines(value.data);
    return true;
  }

  #takeLines(data: Uint8Array): void {
    let from = 0;
    for (let at; (at = data.indexOf(LINE_FEED, from)) >= 0; from = at + 1) {
      const line = textOf([...this.#rest, data.subarray(from, at)]);
      this.#rest = [];
      if (line !== "") this.#lines.push(line);
    }
    // What was handed out may be a part of something larger, which would stay in memory with it.
    if (from < data.length) this.#rest.push(data.slice(from));
    const bytes = this.#rest.reduce((sum, { length }) => sum + length, 0);
    const limit = this.#rest[0]?.[0] === BRACE ? LINE_LIMIT : ODD_LIMIT;
    if (bytes > limit) throw garbled(textOf(this.#rest.slice(0, 1)));
  }
}

function textOf(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}

function parse(line: string): ServedLine {
  try {
    return servedLine.parse(JSON.parse(line));
  } catch (error) {
    throw garbled(line, error);
  }
}

function garbled(line: string, cause?: unknown): OakumError {
  return new OakumError(
    "program-garbled",
    "failed",
    "The app's Python answered with something odd.",
    { data: { line: line.slice(0, 500) }, ...cause === undefined ? {} : { cause } },
  );
}
