import { Buffer } from "node:buffer";
import {
  Beginning,
  BYTE,
  countLines,
  endOfTag,
  endOfWord,
  findTag,
  isDigit,
  isLetter,
  isSpace,
  readComment,
  readQuoted,
  textOf,
} from "./bytes.ts";
import type { Piece, Unfinished } from "./piece.ts";
import { RowReader } from "./rows.ts";
import { looksLikeSql } from "./starts.ts";
import { commandFrom, copiesIn, copiesRows, standardStrings } from "./statement.ts";
import { StatementBuilder } from "./statement_builder.ts";

/** How much of a text or comment is kept. */
const KEPT = 400;
/** How far a word may reach into the next chunk to be seen as one. */
const LONGEST_WORD = 512;
const LONGEST_COMMAND = 64 * 1024;

type Mode = "sql" | "text" | "name" | "dollar" | "dashes" | "comment" | "rows" | "stranger";

/**
 * Reads a script as psql does, in one pass and flat memory: what stands in a text, a function's body,
 * a comment or a row of a COPY is never taken for SQL. It is given chunks of any length, and what it
 * says does not depend on where they were cut.
 */
export class ScriptLexer {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Where the piece that is being read begins. */
  #from = 0;
  /** The offset in the script of the first of `#bytes`. */
  #base = 0;
  #final = false;
  #pieces: Piece[] = [];

  #mode: Mode = "sql";
  #line = 1;
  /** The line and the offset at which the text, name, comment or COPY began. */
  #began = 1;
  #beganAt = 0;
  readonly #kept = new Beginning(KEPT);
  #escapes = false;
  #tag: Uint8Array = new Uint8Array(0);
  #comments = 0;

  #standardStrings = true;
  #statement: StatementBuilder | undefined;
  #rowsAreNext = false;
  #rows = new RowReader();

  /** Each reads on, and says false where that takes bytes that did not come yet. */
  readonly #steps: Record<Mode, () => boolean> = {
    sql: () => this.#sql(),
    text: () => this.#quoted("text"),
    name: () => this.#quoted("name"),
    dollar: () => this.#dollar(),
    dashes: () => this.#dashes(),
    comment: () => this.#comment(),
    rows: () => this.#row(),
    stranger: () => this.#stranger(),
  };

  /** The pieces that these bytes complete; their memory is the chunk's. */
  push(chunk: Uint8Array): Piece[] {
    const rest = this.#bytes.subarray(this.#at);
    this.#base += this.#at;
    this.#bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    this.#at = this.#from = 0;
    this.#pieces = [];
    while (this.#at < this.#bytes.length && this.#steps[this.#mode]());
    this.#cut();
    return this.#pieces;
  }

  /** The last pieces, and what the script is in the middle of. */
  end(): { pieces: Piece[]; unfinished: Unfinished | undefined } {
    this.#final = true;
    const pieces = this.push(new Uint8Array(0));
    const unfinished = this.#unfinished();
    if (this.#mode === "dashes") this.#endDashes();
    if (this.#statement) this.#endStatement(this.#statement, false);
    return { pieces, unfinished };
  }

  /** The line of the file that comes next. */
  get line(): number {
    return this.#line;
  }

  #unfinished(): Unfinished | undefined {
    const line = this.#began;
    if (this.#mode === "rows" || this.#rowsAreNext) return { what: "rows", line };
    if (this.#mode === "text" || this.#mode === "dollar") return { what: "text", line };
    if (this.#mode === "name" || this.#mode === "comment") return { what: this.#mode, line };
    const what = this.#statement?.within;
    return what && { what, line: this.#statement!.line };
  }

  /** Ends the piece that is being read, which is left out where it is nothing. */
  #cut(kind = this.#kind(), more: Omit<Piece, "kind" | "bytes"> = {}): void {
    const bytes = this.#bytes.subarray(this.#from, this.#at);
    this.#from = this.#at;
    if (bytes.length > 0 || Object.keys(more).length > 0) {
      this.#pieces.push({ kind, bytes, ...more });
    }
  }

  #kind(): Piece["kind"] {
    if (this.#mode === "rows") return "rows";
    return this.#statement || this.#mode === "stranger" ? "statement" : "between";
  }

  #sql(): boolean {
    const byte = this.#bytes[this.#at]!;
    if (isSpace(byte)) return this.#space(byte);
    if (byte === BYTE.dash && this.#sees(BYTE.dash)) return this.#beginComment("dashes");
    if (byte === BYTE.slash && this.#sees(BYTE.star)) return this.#beginComment("comment");
    if ((byte === BYTE.dash || byte === BYTE.slash) && this.#isLast()) return false;
    if (byte === BYTE.semicolon && !this.#statement) return this.#skip(1);
    if (this.#rowsAreNext) return this.#beginStranger();
    if (byte === BYTE.backslash) return this.#backslash();
    if (isLetter(byte) || isDigit(byte)) return this.#word();
    if (byte === BYTE.quote) return this.#beginQuoted("text", 1, !this.#standardStrings);
    if (byte === BYTE.doubleQuote) return this.#beginQuoted("name", 1, false);
    return byte === BYTE.dollar ? this.#dollarSign() : this.#sign(byte);
  }

  #sees(byte: number): boolean {
    return this.#bytes[this.#at + 1] === byte;
  }

  #isLast(): boolean {
    return this.#at + 1 >= this.#bytes.length && !this.#final;
  }

  #skip(count: number): true {
    this.#at += count;
    return true;
  }

  #space(byte: number): true {
    this.#at++;
    if (byte !== BYTE.lineFeed) return true;
    this.#line++;
    if (!this.#rowsAreNext) return true;
    this.#cut();
    this.#rowsAreNext = false;
    this.#mode = "rows";
    this.#rows = new RowReader();
    return true;
  }

  #beginComment(mode: "dashes" | "comment"): true {
    this.#mode = mode;
    this.#comments = 1;
    if (!this.#rowsAreNext) this.#began = this.#line;
    this.#kept.clear();
    return this.#skip(2);
  }

  #dashes(): true {
    const end = this.#bytes.indexOf(BYTE.lineFeed, this.#at);
    const to = end < 0 ? this.#bytes.length : end;
    this.#kept.take(this.#bytes, this.#at, to);
    this.#at = to;
    if (end >= 0) this.#endDashes();
    return true;
  }

  #endDashes(): void {
    this.#mode = "sql";
    if (this.#statement) return;
    this.#cut("between", { comment: { line: this.#line, text: this.#kept.text.trim() } });
  }

  #comment(): boolean {
    const part = readComment(this.#bytes, this.#at, this.#comments, this.#final);
    this.#line += part.lines;
    this.#at = part.at;
    this.#comments = part.open;
    if (part.open === 0) this.#mode = "sql";
    return !part.more;
  }

  /** A statement begins with its first word, not with what stands before it. */
  #begin(): StatementBuilder {
    if (this.#statement) return this.#statement;
    this.#cut();
    return this.#statement = new StatementBuilder(this.#line, this.#base + this.#at);
  }

  #word(): boolean {
    const bytes = this.#bytes;
    const end = endOfWord(bytes, this.#at);
    if (end >= bytes.length && !this.#final && end - this.#at < LONGEST_WORD) return false;
    const word = bytes.subarray(this.#at, end);
    if (!this.#statement && !looksLikeSql(word)) return this.#beginStranger();
    const statement = this.#begin();
    if (bytes[end] === BYTE.quote && word.length === 1 && (word[0]! | 0x20) === 0x65) {
      return this.#beginQuoted("text", 2, true);
    }
    if (statement.isOpen || statement.hearsEveryWord) {
      const kind = isDigit(word[0]!) ? "number" : "word";
      statement.add(kind, textOf(word.subarray(0, KEPT)), this.#base + this.#at, this.#base + end);
    }
    this.#at = end;
    return true;
  }

  #beginQuoted(mode: "text" | "name" | "dollar", length: number, escapes: boolean): true {
    if (!this.#statement) return this.#beginStranger();
    this.#began = this.#line;
    this.#beganAt = this.#base + this.#at;
    this.#mode = mode;
    this.#escapes = escapes;
    this.#kept.clear();
    return this.#skip(length);
  }

  #quoted(mode: "text" | "name"): boolean {
    const quote = mode === "text" ? BYTE.quote : BYTE.doubleQuote;
    const part = { quote, escapes: this.#escapes, final: this.#final };
    const { at, lines, state } = readQuoted(this.#bytes, this.#at, part);
    this.#kept.take(this.#bytes, this.#at, at);
    this.#line += lines;
    this.#at = at;
    if (state !== "ended") return state === "goes-on";
    const sign = String.fromCharCode(quote);
    this.#endQuoted(mode, 1, (text) => text.replaceAll(sign + sign, sign));
    return true;
  }

  #endQuoted(kind: "text" | "name", length: number, unquote = (text: string) => text): void {
    this.#at += length;
    this.#mode = "sql";
    const statement = this.#begin();
    if (!statement.isOpen) return;
    statement.add(kind, unquote(this.#kept.text), this.#beganAt, this.#base + this.#at);
  }

  #dollarSign(): boolean {
    const end = endOfTag(this.#bytes, this.#at);
    if (end >= this.#bytes.length && !this.#final && end - this.#at < LONGEST_WORD) return false;
    if (this.#bytes[end] !== BYTE.dollar) return this.#sign(BYTE.dollar);
    this.#tag = this.#bytes.slice(this.#at, end + 1);
    return this.#beginQuoted("dollar", this.#tag.length, false);
  }

  #dollar(): boolean {
    const { at, found } = findTag(this.#bytes, this.#at, this.#tag, this.#final);
    this.#line += countLines(this.#bytes, this.#at, at);
    this.#kept.take(this.#bytes, this.#at, at);
    this.#at = at;
    if (!found) return this.#final;
    this.#endQuoted("text", this.#tag.length);
    return true;
  }

  #sign(byte: number): true {
    const statement = this.#statement;
    if (statement && byte === BYTE.semicolon && !statement.within) {
      this.#at++;
      this.#endStatement(statement, true);
      return true;
    }
    if (!statement && byte !== BYTE.open && byte !== BYTE.colon) return this.#beginStranger();
    const at = this.#base + this.#at;
    this.#begin().add("sign", String.fromCharCode(byte), at, at + 1);
    return this.#skip(1);
  }

  #endStatement(builder: StatementBuilder, terminated: boolean): void {
    const statement = builder.build(this.#line, terminated);
    this.#cut("statement", { ended: statement });
    this.#statement = undefined;
    this.#standardStrings = standardStrings(statement) ?? this.#standardStrings;
    if (copiesIn(statement)) this.#expectRows();
  }

  #expectRows(): void {
    this.#rowsAreNext = true;
    this.#began = this.#line;
  }

  #backslash(): boolean {
    if (this.#isLast()) return false;
    if (this.#sees(BYTE.semicolon) || this.#sees(BYTE.colon)) {
      this.#begin();
      return this.#skip(2);
    }
    const end = this.#bytes.indexOf(BYTE.lineFeed, this.#at);
    const length = (end < 0 ? this.#bytes.length : end) - this.#at;
    if (end < 0 && !this.#final && length < LONGEST_COMMAND) return false;
    this.#command(length);
    return true;
  }

  #command(length: number): void {
    this.#cut();
    const text = textOf(this.#bytes.subarray(this.#at + 1, this.#at + length)).replace(/\r$/, "");
    this.#at += length;
    const within = this.#statement !== undefined;
    const command = commandFrom(text, { line: this.#line, within });
    const { name } = command;
    if (name === "c" || name === "connect") this.#standardStrings = true;
    if (copiesRows(command)) this.#expectRows();
    this.#cut("command", { command });
    if (this.#statement && /^gx?$/.test(name)) this.#endStatement(this.#statement, true);
  }

  /** The end of the line that ends them is left to what follows. */
  #row(): boolean {
    const before = this.#rows.count;
    const { at, ended, more } = this.#rows.read(this.#bytes, this.#at, this.#final);
    this.#at = at;
    this.#line += this.#rows.count - before;
    if (!ended) return !more;
    this.#cut("rows", { rows: { count: this.#rows.count, endLine: this.#line } });
    this.#mode = "sql";
    return true;
  }

  #beginStranger(): true {
    this.#cut();
    this.#mode = "stranger";
    return true;
  }

  #stranger(): boolean {
    const end = this.#bytes.indexOf(BYTE.lineFeed, this.#at);
    const to = end < 0 ? this.#bytes.length : end;
    if (end < 0 && !this.#final && to - this.#at < KEPT) return false;
    const text = textOf(this.#bytes.subarray(this.#at, Math.min(to, this.#at + KEPT))).trim();
    this.#at = to;
    const behindCopy = this.#rowsAreNext;
    this.#cut("statement", { stranger: { line: this.#line, text, behindCopy } });
    this.#mode = "sql";
    return true;
  }
}
