import { keyword, type Statement, type Token } from "./statement.ts";

const MOST_TOKENS = 5000;
/** Nothing is looked for in values, which are many, and little in queries. */
const FEWER_TOKENS: Readonly<Record<string, number>> = {
  ...{ DELETE: 8, INSERT: 8, MERGE: 8, UPDATE: 8, VALUES: 8 },
  ...{ SELECT: 64, WITH: 64 },
};

/** A statement while its words come. */
export class StatementBuilder {
  readonly #tokens: Token[] = [];
  #most = MOST_TOKENS;
  #depth = 0;
  #bodies = 0;
  #initials = "";
  #words = 0;

  /** `line` is the file's on which it begins, `at` the offset of its first byte in the script. */
  constructor(readonly line: number, private readonly at: number) {}

  /** Whether more of its words are wanted. */
  get isOpen(): boolean {
    return this.#tokens.length < this.#most;
  }

  /** Where a semicolon would not end it; undefined where it would. */
  get within(): "bracket" | "body" | undefined {
    if (this.#depth > 0) return "bracket";
    return this.#bodies > 0 ? "body" : undefined;
  }

  /** Takes a word, name, text, number or sign between two offsets in the script. */
  add(kind: Token["kind"], value: string, from: number, to: number): void {
    if (kind === "sign" && value === ")" && this.#depth > 0) this.#depth--;
    if (this.isOpen) {
      const depth = this.#depth;
      this.#tokens.push({ kind, value, at: from - this.at, to: to - this.at, depth });
      if (this.#tokens.length === 1) {
        this.#most = FEWER_TOKENS[keyword(this.#tokens[0])] ?? MOST_TOKENS;
      }
    }
    if (kind === "sign" && value === "(") this.#depth++;
    if (kind === "word") this.#countBodies(value.toLowerCase());
  }

  /** As psql tells that a semicolon belongs to the body of `CREATE FUNCTION … BEGIN ATOMIC`. */
  #countBodies(word: string): void {
    const names = ["create", "function", "procedure", "or", "replace"];
    if (this.#words++ < 4) this.#initials += names.includes(word) ? word[0] : " ";
    if (this.#depth > 0 || !/^c(f|p|orf|orp)/.test(this.#initials)) return;
    if (word === "begin" || word === "case" && this.#bodies > 0) this.#bodies++;
    if (word === "end" && this.#bodies > 0) this.#bodies--;
  }

  /** Whether its words decide where it ends, so that each must be heard. */
  get hearsEveryWord(): boolean {
    return this.#words === 0 || this.#initials[0] === "c";
  }

  build(endLine: number, terminated: boolean): Statement {
    return { line: this.line, endLine, tokens: this.#tokens, terminated };
  }
}
