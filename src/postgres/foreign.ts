import type { RunningExec } from "../docker/exec.ts";
import { type Sql, sqlState } from "./connection.ts";
import { isBrokenPipe } from "./load.ts";
import { Carried, type CarryOptions, type CopiedRows } from "./script/carry.ts";
import { type Complaint, Complaints } from "./script/complaints.ts";
import type { ServerSession } from "./session.ts";
import { execute } from "./statement.ts";
import { toolCommand } from "./tools.ts";

/** An error that a foreign script ran into. */
export interface ScriptError {
  /** The line of the file on which its statement begins, or of the row of a COPY. */
  readonly line: number | undefined;
  readonly sqlState: string;
  readonly message: string;
  /** The command that takes it away, where a role's or database's own setting was refused. */
  readonly reset?: string;
  /** What the server said beyond that. */
  readonly detail?: string | undefined;
  /** How the statement begins, where it is not one of values. */
  readonly statement?: string | undefined;
}

/** What came of a foreign script. */
export interface ScriptOutcome {
  readonly errors: readonly ScriptError[];
  /** Roles that it names and does not make: they were made for it, as superusers. */
  readonly invented: readonly string[];
  /** The rows that it copied in and did not change later. */
  readonly copied: readonly CopiedRows[];
}

/** Where a foreign script is run, and what is known of it. */
export interface ScriptRun extends Partial<Pick<CarryOptions, "path" | "encodings" | "databases">> {
  readonly database: string;
  readonly signal: AbortSignal;
}

/**
 * Runs a foreign script in a sandbox: roles that it names are made first, errors that any such script
 * meets on an empty server are passed over, and every other error is handed back.
 */
export async function runForeignScript(
  session: ServerSession,
  script: AsyncIterable<Uint8Array>,
  run: ScriptRun,
): Promise<ScriptOutcome> {
  const { database, signal } = run;
  const invented = new Set<string>();
  const carried = new Carried({
    path: "the script",
    encodings: new Map(),
    databases: new Map(),
    ...run,
    user: session.server.credentials.user,
    major: session.facts.major ?? Infinity,
    onRole: await roleMaker(session.sql("postgres", { max: 1 }), invented),
  });
  const env = { LC_ALL: "C", PGOPTIONS: "-c client_min_messages=error" };
  await using psql = await session.tool(PSQL, { database, stdin: true, env }, signal);
  const end = `oakum-${crypto.randomUUID()}`;
  const errors = new ScriptErrors(carried);
  const listening = listen(psql, errors, end);
  const feeding = feed(psql, endingWith(carried.through(script), `\\echo ${end}`), signal);
  const [came] = await Promise.all([listening, feeding]);
  signal.throwIfAborted();
  const code = await psql.exitCode(signal);
  return { errors: errors.all({ came, code }), invented: [...invented], copied: carried.copied };
}

const PSQL = toolCommand("psql", [
  "--no-psqlrc",
  "--quiet",
  "--no-password",
  // The SQLSTATE is the same in every language.
  "--set=VERBOSITY=verbose",
  "--file=-",
]);

/** Makes a role that is not there yet; one that is logged in as may do that until the load is over. */
async function roleMaker(sql: Sql, invented: Set<string>): Promise<CarryOptions["onRole"]> {
  const rows = await sql<{ rolname: string }[]>`select rolname from pg_roles`;
  const there = new Set(rows.map(({ rolname }) => rolname));
  return async (name, login) => {
    if (there.has(name)) {
      if (login && invented.has(name)) await execute(sql, "alter role %I login", name);
      return;
    }
    there.add(name);
    if (await makeRole(sql, name, login)) invented.add(name);
  };
}

/** Answers whether it was made: what runs already may have made it itself, such as in a DO. */
async function makeRole(sql: Sql, name: string, login: boolean): Promise<boolean> {
  try {
    await execute(sql, `create role %I superuser ${login ? "login" : "nologin"}`, name);
    return true;
  } catch (error) {
    if (!THERE_ALREADY.includes(sqlState(error) ?? "")) throw error;
    return false;
  }
}

const THERE_ALREADY = ["42710", "23505"];

/** Hands a script on, and behind it a line of ours. */
async function* endingWith(
  script: AsyncIterable<Uint8Array>,
  line: string,
): AsyncGenerator<Uint8Array> {
  yield* script;
  yield new TextEncoder().encode(`\n${line}\n`);
}

async function feed(
  psql: RunningExec,
  script: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await psql.feed(script);
  } catch (error) {
    signal.throwIfAborted();
    if (isBrokenPipe(error)) return; // A psql that ended early says why itself.
    // It waits for the rest of the script, which never comes.
    await psql[Symbol.asyncDispose]();
    throw error;
  }
}

/** Gathers what psql complains of; answers whether it said `end` on its stdout. */
async function listen(psql: RunningExec, errors: ScriptErrors, end: string): Promise<boolean> {
  const decoder = new TextDecoder();
  let tail = "";
  for await (const { stream, data } of psql.output()) {
    if (stream === "stderr") errors.complaints.push(data);
    else tail = (tail + decoder.decode(data, { stream: true })).slice(-2 * end.length);
  }
  errors.complaints.end();
  return tail.includes(end);
}

const LIMIT = 50;

/** The complaints that are errors, each with the statement that it is about. */
class ScriptErrors {
  readonly complaints = new Complaints((complaint) => this.#take(complaint));
  readonly #found: ScriptError[] = [];

  constructor(private readonly carried: Carried) {}

  #take({ line: at, row, ...complaint }: Complaint): void {
    if (this.#found.length >= LIMIT) return;
    const logged = at === undefined ? undefined : this.carried.find(at);
    const { tolerated } = logged ?? {};
    if (tolerated === "any" || tolerated?.has(complaint.sqlState)) return;
    const line = row !== undefined && logged?.rowsBehind !== undefined
      ? logged.rowsBehind + row
      : logged?.line ?? at;
    const statement = logged?.head;
    this.#found.push({ ...complaint, line, statement, ...resetOf(statement ?? "") });
  }

  /** All of them; one more where psql ended without having said the word behind the last line. */
  all({ came, code }: { came: boolean; code: number }): readonly ScriptError[] {
    if (this.#found.length > 0 || came && code === 0) return this.#found;
    const message = code === 0 ? CUT : this.complaints.lastLine || `psql ended with ${code}`;
    return [{ line: undefined, sqlState: "", message }];
  }
}

const OWN_SETTING =
  /^(ALTER (?:ROLE|DATABASE) (?:"(?:[^"]|"")*"|\S+)) SET ("(?:[^"]|"")*"|(?!TABLESPACE\b)\S+)/i;

/** What takes a role's or database's own setting away, where a statement gives it one. */
function resetOf(statement: string): Pick<ScriptError, "reset"> {
  const [, role, setting] = OWN_SETTING.exec(statement) ?? [];
  return role ? { reset: `${role} RESET ${setting}` } : {};
}

/** The word was not heard: psql took it for data, or had stopped before it. */
const CUT = "it stops in the middle of a COPY or a text, or ends psql before its last line";

/**
 * Takes from invented roles what only the load needed, so that no backup says that they had it.
 * Those that own what only superusers may own, the dump could not be restored without.
 */
export async function disempower(
  session: ServerSession,
  database: string,
  invented: readonly string[],
): Promise<void> {
  const sql = session.sql(database, { max: 1 });
  const rows = await sql<{ name: string; owns: boolean }[]>`
    select rolname as name, oid in (select evtowner from pg_event_trigger union
        select fdwowner from pg_foreign_data_wrapper union
        select subowner from pg_subscription) as owns
      from pg_roles where rolname = any(${[...invented]}::text[])`;
  for (const { name, owns } of rows) {
    await execute(sql, `alter role %I nologin ${owns ? "" : "nosuperuser"}`, name);
  }
  await sql.end({ timeout: 5 });
}
