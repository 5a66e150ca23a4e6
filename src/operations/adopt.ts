import { basename } from "node:path";
import { prepareFolder } from "../backups/folder.ts";
import type { LooseDump } from "../backups/loose.ts";
import type { TargetName } from "../backups/manifest.ts";
import { readDump } from "../backups/read_dump.ts";
import { readWrittenAt } from "../backups/written_at.ts";
import { size } from "../core/sizes.ts";
import { readDatabaseFacts } from "../postgres/facts.ts";
import { disempower, runForeignScript, type ScriptError } from "../postgres/foreign.ts";
import {
  type BuiltDatabase,
  builtDatabases,
  prepareDatabases,
  SCRATCH,
  shortTables,
} from "../postgres/foreign_databases.ts";
import type { DatabaseShape } from "../postgres/fresh.ts";
import { readOrigins } from "../postgres/preload.ts";
import { Sandbox } from "../postgres/sandbox.ts";
import { ServerSession } from "../postgres/session.ts";
import { SpaceWatch } from "../postgres/space.ts";
import type { Adopted, LeftDatabase } from "../reports/adopt.ts";
import type { DatabaseTarget } from "../targets/target.ts";
import { chooseBuilt, leftOver } from "./adopt/choose.ts";
import { converted, convertedFolder } from "./adopt/converted.ts";
import { proveAdopted } from "./adopt/prove.ts";
import { isScript, type RecognisedDump, recogniseWhole } from "./adopt/recognise.ts";
import { refuseScriptErrors, refuseShortTables } from "./adopt/refuse_errors.ts";
import { requireFolderRoom, requireSandboxRoom } from "./adopt/room.ts";
import { scriptText } from "./adopt/text.ts";
import { backUp } from "./backup.ts";
import type { Context } from "./context.ts";
import type { OpenSandbox } from "./sandbox/load_backup.ts";

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
  /** The database of the file that is taken, where that is not the one of the target's name. */
  readonly fromDatabase?: string | undefined;
  /** Whether the only database of a file is taken, whatever it is called there. */
  readonly otherName?: boolean | undefined;
}

/**
 * Makes a backup of a dump that another tool wrote. It may drop databases, change connections and
 * run programs: so it is loaded into a sandbox that holds nothing else, and what it built there is
 * dumped with a manifest, and proved by a restore. The file stays as it is.
 */
export async function adopt(context: Context, request: AdoptRequest): Promise<Adopted> {
  const { engine, runId, signal, emit } = context;
  const dump = await read(context, request.path);
  await requireFolderRoom(dump, await prepareFolder(request.dir, request.target));
  emit({ type: "step", step: "sandbox", text: "Starting a sandbox server" });
  const { server, name } = request.database;
  const { libraries } = await readOrigins(request.live.sql(name), []);
  const wish = { preload: { libraries, database: name } };
  await using sandbox = await Sandbox.start(engine, server, runId, signal, wish);
  await requireSandboxRoom(dump, sandbox);
  await using watch = new SpaceWatch(sandbox, sandbox.folders);
  const stop = AbortSignal.any([signal, watch.signal]);
  return await sandbox.use(async () => {
    await using session = await ServerSession.open(engine, sandbox.access, `${runId}s`, stop);
    return await adoptIn({ ...context, signal: stop }, { sandbox, session }, dump, request);
  }, stop);
}

/** Reads a whole script before any of it is run. */
async function read(context: Context, path: string): Promise<RecognisedDump> {
  const { emit, signal } = context;
  emit({ type: "step", step: "read", text: `Reading ${basename(path)}` });
  const dump = await recogniseWhole(path, signal, (bytes) => {
    emit({ type: "progress", step: "read", bytes });
  });
  if (dump.crlf) warnOfCrlf(context, dump);
  if (dump.utf16) warnOfUtf16(context, dump);
  return dump;
}

async function adoptIn(
  context: Context,
  open: OpenSandbox,
  dump: RecognisedDump,
  request: AdoptRequest,
): Promise<Adopted> {
  const { path, database, live, dir, target, note } = request;
  const { session } = open;
  const shape = await shapeOf(live, database.name);
  const built = await build(context, session, dump, { ...request, shape });
  const now = context.clock.now();
  const writtenAt = await readWrittenAt(path, now);
  const report = await backUp(context, session, built.chosen.name, {
    ...{ dir, target, format: "custom", verify: "read", accept: true },
    reason: `adopted ${basename(path)}`,
    // A day that has begun elsewhere need not have begun here.
    ...writtenAt === null ? {} : { takenAt: new Date(Math.min(Date.parse(writtenAt), +now)) },
    adopted: { file: basename(path), writtenAt },
    note,
  });
  const backup = await proveAdopted(context, open, { path, dir, target, live, report });
  warnOfEncoding(context, path, backup.manifest.database.encoding, shape.encoding);
  // An archive was read to its end by now.
  const { whole, doubt } = isScript(dump) ? dump : { whole: true, doubt: "" };
  return { file: path, built: built.chosen.name, whole, doubt, left: built.left, backup };
}

/** What a file built in a sandbox: the database for the target, and the others. */
interface Built {
  readonly chosen: BuiltDatabase;
  readonly left: readonly LeftDatabase[];
}

/** Runs a file in a sandbox; refuses it where anything of it was not carried out. */
async function build(
  context: Context,
  session: ServerSession,
  dump: RecognisedDump,
  request: AdoptRequest & { readonly shape: DatabaseShape },
): Promise<Built> {
  const { signal, emit } = context;
  const { path, survey: { created, expected, from } } = dump;
  const wanted = request.database.name;
  const home = created.some(({ name }) => name === wanted) ? SCRATCH : wanted;
  const names = [...expected, home].filter((name) => name !== SCRATCH);
  const prepared = await prepareDatabases(session, request.shape, { created, expected: names });
  for (const one of prepared.reshaped) warnOfLocale(context, one, request.shape);
  emit({
    type: "step",
    step: "load",
    text: `Loading ${basename(path)} (${size(dump.bytes)}) into it`,
  });
  const script = scriptOf(context, session, dump);
  const run = { database: home, signal, path, ...prepared };
  const { errors, invented, copied } = await runForeignScript(session, script, run);
  for (const one of errors.filter(isSetting)) warnOfSetting(context, one);
  const failed = errors.filter((one) => !isSetting(one));
  refuseScriptErrors(failed, { path, ownLines: isScript(dump), from, major: session.facts.major });
  const built = await builtDatabases(session);
  const namesWanted = home === SCRATCH || expected.includes(wanted);
  const chosen = chooseBuilt(built, { ...request, wanted, home, namesWanted });
  if (![home, wanted, request.fromDatabase].includes(chosen.name)) {
    warnOfName(context, path, chosen.name, wanted);
  }
  refuseShortTables(path, await shortTables(session, chosen.name, copied));
  await disempower(session, chosen.name, invented);
  return { chosen, left: await leftOver(session, built, chosen) };
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

function warnOfUtf16({ emit }: Context, { path }: LooseDump): void {
  emit({
    type: "warning",
    code: "dump-utf16",
    text: `"${path}" is in UTF-16, as PowerShell's \`>\` writes it; it is read as UTF-8.`,
    hint: "Look at letters beyond ASCII after a restore: PowerShell may have changed them.",
  });
}

function warnOfLocale(
  { emit }: Context,
  { name, wanted }: { name: string; wanted: string },
  { collate, locale }: DatabaseShape,
): void {
  emit({
    type: "warning",
    code: "dump-locale",
    text:
      `The dump wants the locale ${wanted} for "${name}", which the server's image lacks; it is ` +
      `made with the live database's, ${locale ?? collate}.`,
    hint: "Texts are sorted by that one.",
  });
}

/** Whether all that failed is a role's or database's own setting, which this image does not know. */
function isSetting({ reset, sqlState }: ScriptError): boolean {
  return reset !== undefined && /^(22023|42704)$/.test(sqlState);
}

function warnOfSetting({ emit }: Context, { statement, message }: ScriptError): void {
  emit({
    type: "warning",
    code: "setting-left-out",
    text: `A setting is left out, since this image does not know it: ${statement}: ${message}`,
    hint: "Set one that it knows after a restore.",
  });
}

function warnOfName({ emit }: Context, path: string, built: string, wanted: string): void {
  emit({
    type: "warning",
    code: "dump-other-database",
    text: `"${path}" is of a database "${built}": it is adopted as a backup of "${wanted}".`,
    hint: "See that it is the right file before you restore it.",
  });
}

function warnOfEncoding({ emit }: Context, path: string, built: string, live: string): void {
  if (built === live) return;
  emit({
    type: "warning",
    code: "dump-encoding",
    text:
      `"${path}" is of a database in ${built}, and the live one is in ${live}: a restore makes it ` +
      `${built}.`,
    hint: "Apps may read its letters otherwise. Restore it beside the live one first, with --into.",
  });
}

/** The live database's own encoding and locale; a dump without CREATE DATABASE does not say. */
async function shapeOf(live: ServerSession, name: string): Promise<DatabaseShape> {
  const facts = await readDatabaseFacts(live.sql(name));
  return { ...facts, tablespace: "pg_default" };
}

/** The dump as SQL: an archive is turned into a script by pg_restore on its way. */
function scriptOf(
  context: Context,
  session: ServerSession,
  dump: RecognisedDump,
): AsyncGenerator<Uint8Array> {
  const { path, kind, bytes: expectedBytes } = dump;
  const onBytes = (bytes: number) =>
    context.emit({ type: "progress", step: "load", bytes, expectedBytes });
  if (isScript(dump)) return scriptText(dump, onBytes);
  if (kind === "directory") return convertedFolder(session, onBytes, dump, context.signal);
  return converted(session, readDump(path, onBytes), dump, context.signal);
}
