import { Buffer } from "node:buffer";
import { type Connection, judgeCommand } from "./commands.ts";
import { ScriptLexer } from "./lexer.ts";
import type { Piece } from "./piece.ts";
import { rewritten, type Situation } from "./rewrite.ts";
import { rolesOf } from "./roles.ts";
import { type Command, copiesIn, keyword, keywords, nameOf, type Statement } from "./statement.ts";
import { type Logged, StatementLog } from "./statement_log.ts";
import { refusedCommand, strangerIn, unfinishedIn } from "./refusals.ts";

/** What a script is carried to psql with. */
export interface CarryOptions extends Omit<Situation, "encoding" | "grantsItself"> {
  /** What the script is called in a refusal. */
  readonly path: string;
  /** The database that it begins in. */
  readonly database: string;
  /** The encodings of the databases that are there or will be, by name. */
  readonly encodings: ReadonlyMap<string, string>;
  /** Called before a statement is handed on that names a role which it has not made before. */
  onRole(name: string, login: boolean): Promise<void>;
}

/** The rows that a script's COPYs bring, by database and table as they are written. */
export interface CopiedRows {
  readonly database: string;
  /** The table's name in parts, schema first where it has one. */
  readonly table: readonly string[];
  readonly rows: number;
}

/** A statement that is longer is handed on before its end. */
const MOST_HELD = 256 * 1024;

/** Statements after which a table need not have all rows that were copied into it. */
const CHANGES = new Set(["CALL", "DELETE", "DO", "EXECUTE", "MERGE", "TRUNCATE", "UPDATE", "WITH"]);

/**
 * A script on its way to psql: what would make psql stop, hide an error or do nothing is left out,
 * what means the same here only in other words is reworded, and every line keeps its number.
 */
export class Carried {
  readonly #log = new StatementLog();
  readonly #lexer = new ScriptLexer();
  readonly #out: Uint8Array[] = [];
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #flushed = false;
  readonly #made = new Set<string>();
  readonly #named = new Set<string>();
  readonly #superusers = new Set<string>();
  readonly #copied = new Map<string, CopiedRows>();
  #changes = false;
  #copying: { statement: Statement; table: readonly string[] } | undefined;
  #database: string;

  constructor(private readonly options: CarryOptions) {
    this.#database = options.database;
  }

  /** The bytes for psql, a block for each chunk. */
  async *through(script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of script) {
      for (const piece of this.#lexer.push(chunk)) await this.#take(piece);
      yield* this.#block();
    }
    const { pieces, unfinished } = this.#lexer.end();
    for (const piece of pieces) await this.#take(piece);
    if (unfinished) throw unfinishedIn(this.options.path, unfinished);
    yield* this.#block();
  }

  /** What the COPYs brought; nothing where later statements may have changed it. */
  get copied(): CopiedRows[] {
    if (this.#changes) return [];
    return [...this.#copied.values()].filter(({ rows }) => !Number.isNaN(rows));
  }

  /** The statement that psql was at when it said this line. */
  find(line: number): Logged | undefined {
    return this.#log.find(line, this.#lexer.line);
  }

  *#block(): Generator<Uint8Array> {
    if (this.#out.length === 0) return;
    yield Buffer.concat(this.#out.splice(0));
  }

  async #take(piece: Piece): Promise<void> {
    const { kind, bytes, ended, command, stranger } = piece;
    if (stranger) throw strangerIn(this.options.path, stranger);
    if (kind === "statement") this.#hold(bytes);
    else if (kind === "command") await this.#command(bytes, command!);
    else this.#out.push(bytes);
    if (ended) await this.#statement(ended);
    if (piece.rows) this.#rows(piece.rows);
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MOST_HELD || this.#flushed) this.#flush();
  }

  #flush(): void {
    this.#out.push(...this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#flushed = true;
  }

  async #command(bytes: Uint8Array, command: Command): Promise<void> {
    const verdict = judgeCommand(command);
    if (verdict.kind === "refuse") throw refusedCommand(this.options.path, command, verdict);
    if (verdict.kind === "connect") await this.#connect(verdict.to);
    if (verdict.kind !== "connect" && verdict.kind !== "pass") return;
    if (command.within) this.#hold(bytes);
    else this.#out.push(bytes);
  }

  async #connect({ database, user }: Connection): Promise<void> {
    this.#database = database ?? this.#database;
    if (user !== undefined) await this.#role(user, true);
  }

  async #role(name: string, login = false): Promise<void> {
    if (this.#made.has(name) || this.#named.has(name) && !login) return;
    this.#named.add(name);
    await this.options.onRole(name, login);
  }

  async #statement(statement: Statement): Promise<void> {
    const { named, made } = rolesOf(statement);
    for (const name of named) await this.#role(name);
    if (made !== undefined) this.#made.add(made);
    this.#noteSuperuser(statement);
    this.#noteChanges(statement);
    const text = Buffer.concat(this.#held).toString("latin1");
    this.#log.add(statement, text);
    if (!this.#flushed) this.#reword(statement, text);
    this.#flush();
    this.#flushed = false;
    if (copiesIn(statement)) this.#copying = { statement, table: tableOf(statement) };
  }

  #reword(statement: Statement, text: string): void {
    const { encodings } = this.options;
    const instead = rewritten(statement, text, {
      ...this.options,
      encoding: encodings.get(this.#database),
      grantsItself: (role) => this.#made.has(role) && !this.#superusers.has(role),
    });
    if (instead === undefined) return;
    const lines = text.split("\n").length - instead.split("\n").length;
    const padding = "\n".repeat(Math.max(0, lines));
    this.#held = [
      Buffer.from(instead.replace(/;$/, "") + padding + (instead ? ";" : ""), "latin1"),
    ];
  }

  #noteSuperuser({ tokens }: Statement): void {
    if (!/^(ROLE|USER)$/.test(keyword(tokens[1]))) return;
    const name = nameOf(tokens[2]);
    if (name !== undefined && tokens.some((token) => keyword(token) === "SUPERUSER")) {
      this.#superusers.add(name);
    }
  }

  #noteChanges(statement: Statement): void {
    const [first, second] = keywords(statement, 2);
    const ofServer = nameOf(statement.tokens[1]) === "pg_catalog";
    if (!ofServer && (first === "SELECT" || CHANGES.has(first!))) this.#changes = true;
    // What --clean drops before it makes it anew.
    if (first === "DROP" && second === "TABLE") this.#copied.clear();
    if (first === "ALTER" && second === "TABLE") this.#noteDetached(statement);
  }

  /** Columns that are dropped or whose table gets triggers later change no rows; parts do. */
  #noteDetached({ tokens }: Statement): void {
    if (tokens.some((token) => keyword(token) === "DETACH")) this.#changes = true;
  }

  #rows({ count, endLine }: NonNullable<Piece["rows"]>): void {
    if (!this.#copying) return;
    const { statement, table } = this.#copying;
    this.#copying = undefined;
    this.#log.addRows(statement, endLine);
    const key = JSON.stringify([this.#database, table]);
    const before = this.#copied.get(key)?.rows ?? 0;
    const came = isPlain(statement) ? before + count : NaN;
    this.#copied.set(key, { database: this.#database, table, rows: came });
  }
}

/** Whether each line is a row that is to be there: no header, no condition, no other format. */
function isPlain({ tokens, terminated }: Statement): boolean {
  const at = tokens.findIndex((token) => token.depth === 0 && keyword(token) === "FROM");
  return tokens.length === at + 2 && terminated;
}

/** `COPY schema.table (…) FROM stdin`. */
function tableOf({ tokens }: Statement): string[] {
  const table = [nameOf(tokens[1]) ?? ""];
  if (tokens[2]?.kind === "sign" && tokens[2].value === ".") table.push(nameOf(tokens[3]) ?? "");
  return table;
}
