import { keyword, type Statement } from "./statement.ts";
import { type Tolerated, tolerated } from "./tolerance.ts";

/** A statement as it is found again by the line that psql says. */
export interface Logged {
  /** The line of the file on which it begins. */
  readonly line: number;
  /** Its beginning; empty for one of values. */
  readonly head: string;
  /** Which of its errors do no harm. */
  readonly tolerated: Tolerated;
  /** The line before the first row of a COPY. */
  readonly rowsBehind?: number;
}

/** Of statements with values there are many, and an error is told soon after it. */
const MOST_OF_VALUES = 2000;
/** Of the others there may be as many, such as an UPDATE a row, or rights on each large object. */
const MOST = 50_000;
const HEAD = 80;

/** Remembers where the statements of a script lie, to say what an error is about. */
export class StatementLog {
  readonly #byEnd = new Map<number, Logged>();
  readonly #ofValues: number[] = [];
  /** The line of the last statement of values that is not remembered: it begins and ends there. */
  #ofOneLine = 0;
  #last: Logged | undefined;

  /** `text` is the statement in Latin-1. */
  add(statement: Statement, text: string): void {
    const { line, endLine, tokens, terminated } = statement;
    const ofValues = /^(INSERT|SELECT|VALUES|WITH)$/.test(keyword(tokens[0]));
    const head = ofValues ? "" : shortened(text);
    const logged = { line, head, tolerated: tolerated(statement) };
    if (!terminated) this.#last = logged;
    if (ofValues && line === endLine && !this.#byEnd.has(line)) {
      this.#ofOneLine = line;
      return;
    }
    this.#put(endLine, logged);
    if (!ofValues) return;
    this.#ofValues.push(endLine);
    if (this.#ofValues.length > MOST_OF_VALUES) this.#byEnd.delete(this.#ofValues.shift()!);
  }

  /** An error of a COPY is told at the end of its rows. */
  addRows({ line, endLine: rowsBehind }: Statement, endLine: number): void {
    const head = this.#byEnd.get(rowsBehind)?.head ?? "COPY";
    this.#put(endLine, { line, head, tolerated: undefined, rowsBehind });
  }

  /** Two that end on one line are told apart by nothing. */
  #put(endLine: number, logged: Logged): void {
    const other = this.#byEnd.get(endLine);
    const alone = endLine !== this.#ofOneLine;
    const alike = !other || other.tolerated === logged.tolerated;
    const first = other ?? logged;
    this.#byEnd.set(endLine, {
      ...first,
      tolerated: alone && alike ? logged.tolerated : undefined,
    });
    if (this.#byEnd.size > 2 * MOST) this.#forgetOldest();
  }

  /** An error of one that is forgotten is told by its line alone, and never passed over. */
  #forgetOldest(): void {
    for (const line of this.#byEnd.keys().take(MOST)) this.#byEnd.delete(line);
  }

  /** The statement that psql was at; a line behind the file's last is that of an unended one. */
  find(line: number, lastLine: number): Logged | undefined {
    return this.#byEnd.get(line) ?? (line >= lastLine ? this.#last : undefined);
  }
}

function shortened(text: string): string {
  const first = text.slice(0, HEAD * 2).replaceAll(/\s+/g, " ").trim();
  const bytes = Uint8Array.from(first, (letter) => letter.charCodeAt(0));
  const read = new TextDecoder().decode(bytes);
  return read.length > HEAD ? `${read.slice(0, HEAD)} …` : read.replace(/;$/, "");
}
