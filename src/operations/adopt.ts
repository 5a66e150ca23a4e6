import { basename } from "node:path";
import { prepareFolder } from "../backups/folder.ts";
import { type LooseDump, recogniseDump } from "../backups/loose.ts";
import type { TargetName } from "../backups/manifest.ts";
import { readDump } from "../backups/read_dump.ts";
import { readWrittenAt } from "../backups/written_at.ts";
import { OakumError } from "../core/errors.ts";
import { gunzipped } from "../core/gunzip.ts";
import { size } from "../core/sizes.ts";
import { readDatabaseFacts } from "../postgres/facts.ts";
import { disempower, refuseScriptErrors, runForeignScript } from "../postgres/foreign.ts";
import {
  type BuiltDatabase,
  builtDatabases,
  prepareDatabases,
  SCRATCH,
} from "../postgres/foreign_databases.ts";
import type { DatabaseShape } from "../postgres/fresh.ts";
import { Sandbox } from "../postgres/sandbox.ts";
import { ServerSession } from "../postgres/session.ts";
import { SpaceWatch } from "../postgres/space.ts";
import type { Adopted } from "../reports/adopt.ts";
import type { DatabaseTarget } from "../targets/target.ts";
import { converted } from "./adopt/converted.ts";
import { requireFolderRoom, requireSandboxRoom } from "./adopt/room.ts";
import { backUp } from "./backup.ts";
import type { Context } from "./context.ts";

/** What is adopted, and as whose backup. */
export interface AdoptRequest {
  /** The foreign file, absolute. */
  readonly path: string;
  readonly dir: string;
  readonly target: TargetName;
  readonly database: Pick<DatabaseTarget, "server" | "name">;
  /** The session to the real server; it is only read from. */
  readonly live: ServerSession;
  /** What a person writes on the backup. */
  readonly note?: string | undefined;
}

/**
 * Makes a backup of a dump that another tool wrote. It may drop databases, change connections and
 * run programs: so it is loaded into a sandbox that holds nothing else, and what it built there is
 * dumped with a manifest. The file stays as it is.
 */
export async function adopt(context: Context, request: AdoptRequest): Promise<Adopted> {
  const { engine, runId, signal, emit } = context;
  const dump = await recogniseWhole(request.path, signal);
  if (dump.crlf) warnOfCrlf(context, dump);
  await requireFolderRoom(dump, await prepareFolder(request.dir, request.target));
  emit({ type: "step", step: "sandbox", text: "Starting a sandbox server" });
  const { server } = request.database;
  await using sandbox = await Sandbox.start(engine, server, runId, signal);
  await requireSandboxRoom(dump, sandbox);
  await using watch = new SpaceWatch(sandbox, sandbox.folders);
  const stop = AbortSignal.any([signal, watch.signal]);
  return await sandbox.use(async () => {
    await using session = await ServerSession.open(engine, sandbox.access, `${runId}s`, stop);
    return await adoptIn({ ...context, signal: stop }, session, dump, request);
  }, stop);
}

async function adoptIn(
  context: Context,
  session: ServerSession,
  dump: LooseDump,
  { path, database, live, dir, target, note }: AdoptRequest,
): Promise<Adopted> {
  const { signal, emit } = context;
  await prepareDatabases(session, await shapeOf(live, database.name));
  const text = `Loading ${basename(path)} (${size(dump.bytes)}) into it`;
  emit({ type: "step", step: "load", text });
  const script = scriptOf(context, session, dump);
  const where = { database: SCRATCH, signal };
  const { errors, invented } = await runForeignScript(session, script, where);
  refuseScriptErrors(path, errors);
  const built = chooseBuilt(path, await builtDatabases(session), database.name);
  await disempower(session, built.name, invented);
  const now = context.clock.now();
  const writtenAt = await readWrittenAt(path, now);
  const report = await backUp(context, session, built.name, {
    ...{ dir, target, format: "custom", verify: "read", accept: true },
    reason: `adopted ${basename(path)}`,
    // A day that has begun elsewhere need not have begun here.
    ...writtenAt === null ? {} : { takenAt: new Date(Math.min(Date.parse(writtenAt), +now)) },
    adopted: { file: basename(path), writtenAt },
    note,
  });
  return { file: path, built: built.name, backup: report };
}

function warnOfCrlf({ emit }: Context, { path }: LooseDump): void {
  emit({
    type: "warning",
    code: "dump-crlf",
    text: `Every line of "${path}" ends in CRLF: a terminal or Windows came between.`,
    hint:
      "Rows of a COPY are as they were; texts of several lines in functions and INSERTs are not.",
  });
}

/** What a foreign file is; refuses one that is cut. */
export async function recogniseWhole(path: string, signal: AbortSignal): Promise<LooseDump> {
  const dump = await recogniseDump(path, signal);
  refuseCut(dump);
  return dump;
}

/** The live database's own encoding and locale; a dump without CREATE DATABASE does not say. */
async function shapeOf(live: ServerSession, name: string): Promise<DatabaseShape> {
  const facts = await readDatabaseFacts(live.sql(name));
  return { ...facts, tablespace: "pg_default" };
}

function refuseCut(dump: LooseDump): void {
  if (dump.whole !== false) return;
  throw new OakumError(
    "foreign-dump-cut",
    "refused",
    `"${dump.path}" is not whole: ${dump.doubt}.`,
    { hint: "What is missing is lost: use an older dump.", data: { path: dump.path } },
  );
}

/** The dump as SQL: a custom-format one is turned into a script by pg_restore on its way. */
async function* scriptOf(
  context: Context,
  session: ServerSession,
  { path, kind, bytes: expectedBytes }: LooseDump,
): AsyncGenerator<Uint8Array> {
  const raw = readDump(
    path,
    (bytes) => context.emit({ type: "progress", step: "load", bytes, expectedBytes }),
  );
  if (kind === "plain") yield* raw;
  else if (kind === "plain-gzip") yield* gunzipped(raw);
  else yield* converted(session, raw, context.signal);
}

/** The database that the script built: the one of the target's name, or the only one. */
function chooseBuilt(
  path: string,
  built: readonly BuiltDatabase[],
  wanted: string,
): BuiltDatabase {
  const named = built.find(({ name }) => name === wanted);
  if (named) return named;
  const [only, ...others] = built;
  if (only && others.length === 0) return only;
  if (!only) {
    throw new OakumError("foreign-dump-empty", "refused", `"${path}" built no table.`, {
      hint: "Is it a dump of data only, or of roles only? It cannot be restored by itself.",
    });
  }
  const names = built.map(({ name }) => name).join(", ");
  throw new OakumError(
    "foreign-dump-several",
    "refused",
    `"${path}" built several databases, none of them called "${wanted}": ${names}.`,
    { hint: "Name the one that it is for: --database SERVICE/NAME", data: { built } },
  );
}
