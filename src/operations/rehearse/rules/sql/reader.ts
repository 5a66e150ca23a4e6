import type { SqlName } from "./names.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** Reads a statement from left to right. */
export class Reader {
  #at = 0;

  private constructor(readonly sql: string, readonly tokens: readonly Token[]) {}

  static over(sql: string): Reader {
    return new Reader(sql, tokensOf(sql));
  }

  /** Steps over these words where they are next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.#is(this.tokens[this.#at + i], word))) return false;
    this.#at += words.length;
    return true;
  }

  /** Steps over the first of these phrases that is next, where one is. */
  takeAny(...phrases: readonly string[]): string | undefined {
    return phrases.find((phrase) => this.take(...phrase.split(" ")));
  }

  /** Whether a word comes anywhere in what is left. */
  has(...words: readonly string[]): boolean {
    return this.rest.some((_, i, rest) => words.every((word, k) => this.#is(rest[i + k], word)));
  }

  /** Takes a name, with its schema where it has one. */
  name(): SqlName | undefined {
    const first = this.#part();
    if (first === undefined) return undefined;
    const dot = this.#is(this.tokens[this.#at], ".");
    if (dot) this.#at++;
    const second = dot ? this.#part() : undefined;
    const [schema, last] = second ? [first.text, second] : [undefined, first];
    return { schema, name: last.text, text: this.sql.slice(first.start, last.end) };
  }

  /** Takes what stands in parentheses, as text without them. */
  parenthesised(): string | undefined {
    if (!this.#is(this.tokens[this.#at], "(")) return undefined;
    const start = this.#at;
    let depth = 0;
    do {
      depth += depthOf(this.tokens[this.#at]);
      this.#at++;
    } while (depth > 0 && this.#at < this.tokens.length);
    const last = this.tokens[this.#at - 1];
    const end = depth === 0 ? last!.start : this.sql.length;
    return this.sql.slice(this.tokens[start]!.end, end).trim();
  }

  /** Takes everything up to one of these words outside parentheses, or to the end. */
  until(...words: readonly string[]): string {
    const start = this.tokens[this.#at];
    for (let depth = 0; this.#at < this.tokens.length; this.#at++) {
      const token = this.tokens[this.#at];
      if (depth === 0 && words.some((word) => this.#is(token, word))) break;
      depth += depthOf(token);
    }
    const last = this.tokens[this.#at - 1];
    return start && last && last.end > start.start ? this.sql.slice(start.start, last.end) : "";
  }

  /** What is left, cut at commas outside parentheses, each with a reader of its own. */
  parts(): Reader[] {
    const cuts: Token[][] = [[]];
    let depth = 0;
    for (const token of this.rest) {
      depth += depthOf(token);
      if (depth === 0 && token.text === "," && token.kind === "sign") cuts.push([]);
      else cuts.at(-1)!.push(token);
    }
    return cuts.filter((cut) => cut.length > 0).map((cut) => new Reader(this.sql, cut));
  }

  /** The tokens that are left. */
  get rest(): readonly Token[] {
    return this.tokens.slice(this.#at);
  }

  /** The SQL that is left. */
  get text(): string {
    const { rest } = this;
    return rest.length === 0 ? "" : this.sql.slice(rest[0]!.start, rest.at(-1)!.end);
  }

  #part(): Token | undefined {
    const token = this.tokens[this.#at];
    if (token?.kind !== "word" && token?.kind !== "quoted") return undefined;
    this.#at++;
    return token;
  }

  #is(token: Token | undefined, word: string): boolean {
    return token !== undefined && token.kind !== "quoted" && token.text === word;
  }
}

function depthOf(token: Token | undefined): number {
  if (token?.kind !== "sign") return 0;
  return token.text === "(" ? 1 : token.text === ")" ? -1 : 0;
}
