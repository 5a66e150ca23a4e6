import { OakumError } from "../../core/errors.ts";
import type { Output } from "../../docker/frames.ts";
import { type ServedLine, servedLine } from "./replies.ts";

const PRINTED_LIMIT = 20_000;
const LINE_LIMIT = 64 * 2 ** 20;

/** What comes out of an interpreter: its lines, and what the programs in it print. */
export class ProgramOutput {
  readonly #lineDecoder = new TextDecoder();
  readonly #textDecoder = new TextDecoder();
  readonly #lines: string[] = [];
  #rest = "";
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
    const text = this.#rest + this.#lineDecoder.decode(value.data, { stream: true });
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LINE_LIMIT) throw new Error("a line without an end");
    this.#lines.push(...lines.filter((line) => line !== ""));
    return true;
  }
}

function parse(line: string): ServedLine {
  try {
    return servedLine.parse(JSON.parse(line));
  } catch (error) {
    throw new OakumError(
      "program-garbled",
      "failed",
      "The app's Python answered with something odd.",
      { data: { line: line.slice(0, 500) }, cause: error },
    );
  }
}
