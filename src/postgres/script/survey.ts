import { OakumError } from "../../core/errors.ts";
import { type Connection, judgeCommand } from "./commands.ts";
import { type CreatedDatabase, createdDatabase } from "./created.ts";
import { textOf } from "./bytes.ts";
import { ScriptLexer } from "./lexer.ts";
import { foreignBy } from "./messages.ts";
import type { Piece, Unfinished } from "./piece.ts";
import { refusedCommand, refusedLine, strangerIn, unfinishedIn } from "./refusals.ts";
import { type Command, isSign, keywords, type Statement } from "./statement.ts";
import { transactionStep } from "./transactions.ts";

/** What a script says before any of it is run. */
export interface Survey {
  /** The databases that it makes, in its order. */
  readonly created: readonly CreatedDatabase[];
  /** Those that it connects to and does not make before. */
  readonly expected: readonly string[];
  /** Whether what wrote it marks its end, and the mark is there; null where nothing marks it. */
  readonly whole: true | null;
  /** The major version of the server that pg_dump read, where it says so. */
  readonly from: number | undefined;
}

const BEGINS = /^PostgreSQL database (cluster )?dump$/;
const ENDS = /^PostgreSQL database (cluster )?dump complete$/;
const VERSION = /^Dumped from database version (\d+)/;

/**
 * Reads a script to its end and refuses, with the line, what would not be carried out whole: files
 * that it reads, parts that are missing, text that is no SQL.
 */
export async function surveyScript(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Survey> {
  const lexer = new ScriptLexer();
  const surveyor = new Surveyor(path);
  for await (const chunk of chunks) {
    surveyor.see(chunk);
    for (const piece of lexer.push(chunk)) surveyor.take(piece);
  }
  const { pieces, unfinished } = lexer.end();
  for (const piece of pieces) surveyor.take(piece);
  return surveyor.finish(unfinished);
}

/** A dump that has begun, and whether it is that of a whole server. */
interface Begun {
  readonly cluster: boolean;
  readonly line: number;
}

const HEAD = 64 * 1024;

class Surveyor {
  readonly #created: CreatedDatabase[] = [];
  readonly #expected = new Set<string>();
  readonly #begun: Begun[] = [];
  #ended = false;
  #from: number | undefined;
  #transaction: number | undefined;
  #quit: number | undefined;
  #head = "";

  constructor(private readonly path: string) {}

  /** Hears of the bytes, of which the first tell another system's file. */
  see(chunk: Uint8Array): void {
    if (this.#head === "") this.#head = textOf(chunk.subarray(0, HEAD));
  }

  take({ comment, command, ended, stranger }: Piece): void {
    if (comment) this.#comment(comment);
    if (stranger) throw this.#foreign() ?? strangerIn(this.path, stranger);
    if (command) this.#command(command);
    if (ended) this.#statement(ended);
  }

  finish(unfinished: Unfinished | undefined): Survey {
    if (unfinished) throw unfinishedIn(this.path, unfinished);
    const open = this.#begun.at(-1);
    if (open) throw this.#cut(open);
    if (this.#transaction !== undefined) {
      throw this.#refused(
        this.#transaction,
        "begins a transaction that nothing ends: the server would take all of it back",
        "Was it cut? Use a whole file; else put COMMIT; at its end.",
        "foreign-dump-cut",
      );
    }
    return {
      created: this.#created,
      expected: [...this.#expected],
      whole: this.#ended ? true : null,
      from: this.#from,
    };
  }

  /** A file that has what is no SQL of PostgreSQL's may be another system's. */
  #foreign(): OakumError | undefined {
    const found = foreignBy(this.#head);
    if (!found) return undefined;
    return new OakumError("dump-unsupported", "refused", `"${this.path}" ${found.what}.`, {
      hint: found.hint,
      data: { path: this.path },
    });
  }

  #cut({ cluster, line }: Begun): OakumError {
    const what = cluster ? "dump of a whole server" : "dump";
    const of = line === 1 || this.#begun.length === 1 ? "" : ` that begins in line ${line}`;
    return new OakumError(
      "foreign-dump-cut",
      "refused",
      `"${this.path}" is not whole: the line that ends a ${what} is missing${of}: it was cut.`,
      { hint: "What is missing is lost: use another dump.", data: { path: this.path, line } },
    );
  }

  #comment({ line, text }: { line: number; text: string }): void {
    const begins = BEGINS.exec(text);
    if (begins) this.#begun.push({ cluster: begins[1] !== undefined, line });
    const ends = ENDS.exec(text);
    if (ends) {
      const at = this.#begun.findLastIndex(({ cluster }) => cluster === (ends[1] !== undefined));
      if (at >= 0) this.#ended = true;
      if (at >= 0) this.#begun.splice(at, 1);
    }
    const version = VERSION.exec(text);
    if (version) this.#from = Math.max(this.#from ?? 0, Number(version[1]));
  }

  #command(command: Command): void {
    this.#refuseBehindEnd();
    const verdict = judgeCommand(command);
    if (verdict.kind === "refuse") {
      throw refusedCommand(this.path, command, verdict);
    }
    if (verdict.kind === "end") this.#quit = command.line;
    if (verdict.kind === "connect") this.#connect(command, verdict.to);
  }

  #connect({ line }: Command, { database }: Connection): void {
    if (this.#transaction !== undefined) {
      throw this.#refused(
        line,
        `connects anew in the middle of the transaction of line ${this.#transaction}, which is lost by that`,
        "Put COMMIT; before it.",
      );
    }
    if (database === undefined || this.#created.some(({ name }) => name === database)) return;
    this.#expected.add(database);
  }

  #statement(statement: Statement): void {
    this.#refuseBehindEnd();
    const created = createdDatabase(statement);
    if (created) this.#created.push(created);
    const quotes = statement.tokens.some((token) => isSign(token, "`"));
    const foreign = quotes ? this.#foreign() : undefined;
    if (foreign) throw foreign;
    this.#refuseServerFile(statement);
    switch (transactionStep(statement)) {
      case "begins":
        this.#transaction ??= statement.line;
        break;
      case "ends-and-begins":
        this.#transaction = statement.line;
        break;
      case "ends":
        this.#transaction = undefined;
        break;
      case "undoes":
        throw this.#refused(
          statement.line,
          "takes back what stands before it: the file undoes its own work",
          "Put COMMIT; in its place, if what stands before it is wanted.",
        );
    }
  }

  /** `COPY t FROM '/file'` or `FROM PROGRAM`: what it reads is on the server that it was written for. */
  #refuseServerFile(statement: Statement): void {
    const [verb] = keywords(statement, 1);
    if (verb !== "COPY") return;
    const outside = statement.tokens.filter(({ depth }) => depth === 0);
    const from = outside.findIndex((token) => keywords({ tokens: [token] }, 1)[0] === "FROM");
    const source = outside[from + 1];
    if (from < 0 || !source || source.kind === "word" && /^std(in|out)$/i.test(source.value)) {
      return;
    }
    const what = source.kind === "text"
      ? `reads the file "${source.value}" of the server that it was written for`
      : "reads what a program writes";
    throw this.#refused(
      statement.line,
      `${what} (COPY … FROM)`,
      "Take a dump that holds its rows itself, by pg_dump.",
    );
  }

  #refuseBehindEnd(): void {
    if (this.#quit === undefined) return;
    throw this.#refused(
      this.#quit,
      "ends psql (\\q), and what stands behind it would not be read",
      "Delete the line, if what stands behind it is wanted; else all that follows it.",
    );
  }

  #refused(line: number, what: string, hint: string, code?: string): OakumError {
    return refusedLine({ path: this.path, line, what, hint, code });
  }
}
