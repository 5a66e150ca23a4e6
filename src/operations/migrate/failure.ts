import { OakumError } from "../../core/errors.ts";
import { adviceOn, saidBy } from "./causes.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";

/** The project's own line, then what the server said beside its message; never the traceback. */
export function failureLines({ file, line, source, sql, detail, hint }: FailureReply): string[] {
  const place = file === null
    ? []
    : [`${file}${line === null ? "" : `:${line}`}${source ? `: ${source.trim()}` : ""}`];
  return [
    ...place,
    ...(sql === null ? [] : [`SQL: ${shortened(sql)}`]),
    ...(detail === null ? [] : [`Detail: ${detail}`]),
    ...(hint === null ? [] : [`The server's hint: ${hint}`]),
  ];
}

/** What Python said, where its own words alone are a number, a name or nothing. */
export function failureMessage(failure: FailureReply): string {
  const { class: name, cause, message } = failure;
  return cause !== null || ["SystemExit", "KeyError"].includes(name ?? "")
    ? saidBy(failure)
    : message;
}

/** SQLSTATE of a lock that was not had in time, and of a deadlock: the transaction did nothing. */
const LOCKS = ["55P03", "40P01"];

/** Whether the tool failed since another session had a lock, and would not have otherwise. */
export function metLock(error: unknown): boolean {
  return error instanceof ProgramFailure && isLock(error.failure);
}

/** Whether a statement failed since another session had a lock. */
export function isLock({ sqlstate }: FailureReply): boolean {
  return LOCKS.includes(sqlstate ?? "");
}

/** SQLSTATEs of a database, schema, table, column, function or other thing that is there already. */
const ALREADY = ["42P04", "42P06", "42P07", "42701", "42710", "42723"];

/** Whether a statement failed since what it makes is there: the version table may be behind. */
export function isThereAlready({ sqlstate }: Pick<FailureReply, "sqlstate">): boolean {
  return ALREADY.includes(sqlstate ?? "");
}

/** What to do about that, for a database that the version table has at these heads. */
export function locateHint(heads: readonly string[]): string {
  const why = heads.length === 0
    ? "The tables are there without a version: the app made them itself, or they were loaded without it."
    : "Something else made it, or the version table is behind.";
  return `${why} Find out which revision the schema is of, and the oakum stamp that says so: ` +
    "oakum doctor --locate";
}

/** A failure as JSON carries it. */
export function failureData(failure: FailureReply): Record<string, unknown> {
  return { ...failure, traceback: undefined };
}

/**
 * Waits for the app's tool and puts its failure in words: `doing` such as `Reading the revisions of
 * web`, the message, the project's own line. The traceback is the cause, for `--verbose`.
 */
export async function explained<T>(doing: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ProgramFailure ? failureError(doing, error) : error;
  }
}

/** What the app's tool could not do, and what to do next. */
export function failureError(doing: string, cause: ProgramFailure): OakumError {
  const { failure } = cause;
  const { kind } = failure;
  const text = [`${doing} failed: ${saidBy(failure)}`, ...failureLines(failure)].join("\n");
  return new OakumError(CODES[kind] ?? kind, kind === "failed" ? "failed" : "refused", text, {
    hint: adviceOn(failure) ?? HINTS[kind] ?? "The whole of what Python said: --verbose",
    data: { failure: failureData(failure) },
    cause,
  });
}

/** What is to be done about a failure that has a known mend. */
export function failureHint(error: unknown): string | undefined {
  if (!(error instanceof ProgramFailure)) return undefined;
  return adviceOn(error.failure) ?? HINTS[error.failure.kind];
}

/** Kinds whose own names say too little. */
const CODES: Readonly<Record<string, string>> = {
  alembic: "alembic-refused",
  connection: "app-cannot-connect",
  failed: "program-failed",
  session: "app-session",
};

const HINTS: Readonly<Record<string, string>> = {
  "bad-config": "Mend the configuration.",
  "broken-revision": "Mend the file; what Python said of it: --verbose",
  "connection": "Find out why: oakum doctor",
  "cycle": "Mend the down_revision of one of them.",
  "duplicate-revision": "Give one of them another id, or remove the copy.",
  "flask-migrate": "oakum drives Alembic alone, not Flask-Migrate: oakum backup, then " +
    "docker compose exec SERVICE flask db upgrade",
  "missing-parent": "Was its file deleted, or is it on a branch that is not merged yet?",
  "no-config": "Say in oakum.yaml where it lies in the container: " +
    'app: { alembic: "/app/db/alembic.ini", workdir: "/app" }',
  "no-driver": "Install the driver in the app's image.",
  "no-metadata": "Set it there: target_metadata = Base.metadata",
  "no-script-folder": "Name the folder that Alembic is run in: app.workdir in oakum.yaml.",
  "several-arguments": "Say which: -x ARGUMENT, or app.x in oakum.yaml.",
  "several-sections": "Say in oakum.yaml which: " +
    'app: { alembic: "/app/alembic.ini", name: "SECTION" }; the other by a file of its own: --config',
  "not-at-head": "Apply what is pending first: oakum upgrade",
  "server-restarted":
    "See why it was, and that it stays up (docker logs); then the same command again.",
};

function shortened(sql: string): string {
  const line = sql.replaceAll(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 297)}…` : line;
}
