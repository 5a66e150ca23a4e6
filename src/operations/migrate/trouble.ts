import { OakumError, type Outcome } from "../../core/errors.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { MigrationDatabase } from "../../migrators/migrator.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import { adviceOn, saidBy } from "./causes.ts";
import { failureData, failureLines } from "./failure.ts";

/** Outcomes that leave open whether anything was changed. */
const VAGUE: readonly Outcome[] = ["failed", "partial", "finding"];

/** Codes of a backup folder that takes nothing: what needs it did not begin. */
const NO_FOLDER = new Set(["disk-full", "file-access"]);

/** The same error as one that left the database as it was, with what else there is to say. */
export function untouched(error: OakumError, text = error.message): OakumError {
  const { code, outcome, hint, data } = error;
  const clear = NO_FOLDER.has(code) ? "refused" : "unchanged";
  return new OakumError(code, VAGUE.includes(outcome) ? clear : outcome, text, {
    data,
    cause: error.cause ?? error,
    ...(hint === undefined ? {} : { hint }),
  });
}

// Why the app and oakum do not see one database.

/** env.py did not get as far as its database: it has none, cannot reach it, or fails before it tries. */
export function envFailed(failure: FailureReply | undefined): OakumError {
  if (!failure) return noneAsked();
  const unreached = failure.kind === "connection";
  const what = unreached ? "does not reach its database" : "fails";
  const lines = [`The app's env.py ${what}: ${saidBy(failure)}`, ...failureLines(failure)];
  return new OakumError(
    unreached ? "app-cannot-connect" : failure.cause ?? failure.kind,
    "refused",
    lines.join("\n"),
    {
      hint: adviceOn(failure) ?? (unreached ? "Find out why: oakum doctor" : mendEnv(failure)),
      data: { failure: failureData(failure) },
      cause: new ProgramFailure(failure, ""),
    },
  );
}

/** What is left to do where nobody knows the cause: to look at the very line. */
export function mendEnv({ file, line }: FailureReply): string {
  const at = file === null ? "" : `, ${file}${line === null ? "" : `:${line}`}`;
  return `Mend what it says${at}; the whole of what Python said: --verbose`;
}

function noneAsked(): OakumError {
  const text = "The app's env.py does not reach its database: it asked for none";
  return new OakumError("app-cannot-connect", "refused", text, {
    hint: "env.py must come to context.run_migrations() with a connection.",
    data: { failure: null },
  });
}

/** env.py loops over databases or tenants. */
export function severalDatabases(count: number): OakumError {
  return new OakumError(
    "several-databases",
    "refused",
    `env.py migrates ${count} databases or schemas in one run; oakum moves one.`,
    { hint: "Choose one with -x, if env.py takes such an argument." },
  );
}

/** env.py leads to a database of another name. */
export function otherDatabase(
  named: string,
  { service, name }: Pick<DatabaseTarget, "name" | "service">,
): OakumError {
  return new OakumError(
    "other-database",
    "refused",
    `The app migrates the database "${named}", not "${name}".`,
    { hint: `Name it: --database ${service}/${named}` },
  );
}

/** The version table says one thing to the app and another to oakum. */
export function elsewhere(
  state: MigrationDatabase,
  database: Pick<DatabaseTarget, "service">,
  heads: readonly string[],
): OakumError {
  return new OakumError(
    "other-server",
    "refused",
    `The app sees revision ${
      state.heads.join(", ") || "base"
    } in "${state.address.database}", and ` +
      `oakum sees ${heads.join(", ") || "base"}: they are not in the same database.`,
    {
      hint:
        `The app connects to ${state.address.host ?? "a socket"}; oakum to ${database.service}. ` +
        "See oakum doctor.",
    },
  );
}

/** Somebody else moved the database between the plan and the lock. */
export function movedMeanwhile(expected: readonly string[], found: readonly string[]): OakumError {
  return new OakumError(
    "moved-meanwhile",
    "refused",
    `The database moved from ${expected.join(", ") || "base"} to ${found.join(", ") || "base"} ` +
      "after the plan was made.",
    { hint: "Somebody else migrates it. Look again: oakum status" },
  );
}

/** In a pooler's transaction mode settings of a session reach another one, and locks get lost. */
export function pooled(
  { address }: MigrationDatabase,
  { name, service }: Pick<DatabaseTarget, "name" | "service">,
): OakumError {
  const at = `${address.host ?? "a socket"}:${address.port ?? 5432}`;
  return new OakumError(
    "pooled",
    "refused",
    `The app reaches "${name}" through a pooler, at ${at}: a migration needs a session of its own.`,
    {
      hint: `Give env.py an address that leads to ${service} itself, by a variable or by -x.`,
      data: { address },
    },
  );
}
