import { OakumError } from "../core/errors.ts";
import type { RunningExec } from "../docker/exec.ts";
import type { Sql } from "./connection.ts";
import { isBrokenPipe } from "./load.ts";
import { execute } from "./statement.ts";
import { withoutRestrict } from "./restrict.ts";
import { endingWith, watchScript } from "./script_stream.ts";
import type { ServerSession } from "./session.ts";
import { toolCommand } from "./tools.ts";

/** An error that a foreign script ran into. */
export interface ScriptError {
  /** Line of the script, where psql says it. */
  readonly line: number | undefined;
  readonly sqlState: string;
  readonly message: string;
  /** The command that takes it away, where a role's own setting was refused. */
  readonly reset?: string;
}

/** What came of a foreign script. */
export interface ScriptOutcome {
  readonly errors: readonly ScriptError[];
  /** Roles that it names and does not make: they were made for it, as superusers. */
  readonly invented: readonly string[];
}

/**
 * Runs a foreign script in a sandbox: roles that it names are made first, errors that any such script
 * meets on an empty server are passed over, and every other error is handed back.
 */
export async function runForeignScript(
  session: ServerSession,
  script: AsyncIterable<Uint8Array>,
  { database, signal }: { database: string; signal: AbortSignal },
): Promise<ScriptOutcome> {
  const sql = session.sql("postgres", { max: 1 });
  const roles = await existingRoles(sql);
  const invented: string[] = [];
  // Nothing in here is worth the protection that those lines give, and an older psql stops at them.
  const watched = watchScript(withoutRestrict(script), {
    onRole: async (name) => {
      if (roles.has(name)) return;
      invented.push(name);
      await execute(sql, "create role %I superuser", name);
    },
  });
  const args = [
    "--no-psqlrc",
    "--quiet",
    "--no-password",
    "--set=VERBOSITY=verbose",
    "--echo-errors",
    "--file=-",
  ];
  const cmd = toolCommand("psql", args);
  const env = { LC_ALL: "C", PGOPTIONS: "-c client_min_messages=error" };
  await using psql = await session.tool(cmd, { database, stdin: true, env }, signal);
  const end = `oakum-${crypto.randomUUID()}`;
  const errors = new ScriptErrors();
  const listening = listen(psql, errors, end);
  await Promise.all([feed(psql, endingWith(watched, `\\echo ${end}`), signal), listening]);
  signal.throwIfAborted();
  const code = await psql.exitCode(signal);
  const { found } = errors;
  const came = await listening;
  if (found.length === 0 && !(came && code === 0)) {
    found.push({ line: undefined, sqlState: "", message: code === 0 ? CUT : errors.lastLine });
  }
  return { errors: found, invented };
}

/** The word behind the last line was not heard: psql took it for data, or had stopped before it. */
const CUT =
  "it stops in the middle of a COPY, a text or an \\if, or ends psql before its last line";

async function existingRoles(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ rolname: string }[]>`select rolname from pg_roles`;
  return new Set(rows.map(({ rolname }) => rolname));
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
    if (stream === "stderr") errors.push(data);
    else tail = (tail + decoder.decode(data, { stream: true })).slice(-2 * end.length);
  }
  errors.end();
  return tail.includes(end);
}

const LIMIT = 50;

/** Reads psql's complaints: `psql:<stdin>:12: ERROR:  42P07: relation "a" already exists`. */
class ScriptErrors {
  readonly found: ScriptError[] = [];
  lastLine = "";
  readonly #decoder = new TextDecoder();
  #rest = "";
  #open: ScriptError | undefined;

  push(data: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split("\n");
    this.#rest = (lines.pop() ?? "").slice(-10_000);
    for (const line of lines) this.#take(line);
  }

  end(): void {
    this.#take(this.#rest);
    this.#close("");
  }

  #take(line: string): void {
    if (line.trim() !== "") this.lastLine = line.trim();
    // A script may have set another verbosity, which leaves the SQLSTATE out.
    const error = /^psql:[^:]*:(\d+): (?:ERROR|FATAL): {2}(?:([0-9A-Z]{5}): )?(.*)$/.exec(line);
    const own =
      /^psql:[^:]*:(\d+): (?:error: )?(invalid command|\\connect|.*connection to server.*failed)(.*)$/
        .exec(line);
    const statement = /^(?:psql:[^:]*:\d+: )?STATEMENT: {2}(.*)$/.exec(line);
    if (error) {
      this.#close("");
      this.#open = { line: Number(error[1]), sqlState: error[2] ?? "", message: error[3]! };
    } else if (own) {
      this.#close("");
      this.#open = { line: Number(own[1]), sqlState: "", message: `${own[2]}${own[3]}` };
    } else if (statement) this.#close(statement[1]!);
  }

  #close(statement: string): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open || isHarmless(open, statement) || this.found.length >= LIMIT) return;
    const [, role, setting] = ROLE_SETTING.exec(statement) ?? [];
    this.found.push({ ...open, ...role ? { reset: `${role} RESET ${setting}` } : {} });
  }
}

const ROLE_SETTING = /^\s*(ALTER ROLE (?:"(?:[^"]|"")*"|\S+)) SET ("(?:[^"]|"")*"|\S+)/i;

const MISSING = new Set(["42P01", "42704", "42883", "3D000", "3F000", "42P02", "42703"]);
const IN_USE = new Set(["2BP01", "55006"]);
const THERE_ALREADY = new Set(["42710", "42P04", "42P06"]);

/** What a script for a server that was in use meets on an empty one. */
function isHarmless({ sqlState }: ScriptError, statement: string): boolean {
  // pg_dumpall drops the role that it is itself connected as, and databases that are in use.
  if (/^\s*DROP (ROLE|DATABASE)\b/i.test(statement) && IN_USE.has(sqlState)) return true;
  if (/^\s*(DROP|ALTER .* DROP)\b/i.test(statement)) return MISSING.has(sqlState);
  // A sandbox has one disk, and nothing of a dump depends on where it lies.
  if (/^\s*(CREATE TABLESPACE|SET default_tablespace)\b/i.test(statement)) return true;
  if (/^\s*(ALTER|COMMENT ON|(GRANT|REVOKE) .* ON) TABLESPACE\b/i.test(statement)) {
    return sqlState === "42704";
  }
  // A setting that only a newer server knows.
  if (/^\s*SET\b/i.test(statement)) return sqlState === "42704";
  return /^\s*CREATE (ROLE|DATABASE|SCHEMA|LANGUAGE|EXTENSION)\b/i.test(statement) &&
    THERE_ALREADY.has(sqlState);
}

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
  const rows = await sql<{ name: string }[]>`
    select rolname as name from pg_roles where rolname = any(${[...invented]}::text[])
      and oid not in (select evtowner from pg_event_trigger union select fdwowner
        from pg_foreign_data_wrapper union select subowner from pg_subscription)`;
  for (const { name } of rows) await execute(sql, "alter role %I nosuperuser", name);
  await sql.end({ timeout: 5 });
}

/** Refuses a script whose errors are more than what an empty server explains. */
export function refuseScriptErrors(path: string, errors: readonly ScriptError[]): void {
  if (errors.length === 0) return;
  const shown = errors.slice(0, 3).map(({ line, message }) =>
    line === undefined ? message : `line ${line}: ${message}`
  );
  throw new OakumError(
    "foreign-dump-errors",
    "refused",
    `"${path}" does not load: ${errors.length} error${errors.length === 1 ? "" : "s"}; ${
      shown.join("; ")
    }`,
    {
      hint:
        "It was loaded into a sandbox only: nothing of yours was touched. Extensions that the " +
        "image lacks, and dumps of a newer PostgreSQL, are the usual reasons.",
      data: { path, errors },
    },
  );
}
