import { createHash } from "node:crypto";
import type { FingerprintRow } from "../backups/manifest.ts";
import { readOwnFile } from "../backups/read_dump.ts";
import { OakumError } from "../core/errors.ts";
import { gunzipped } from "../core/gunzip.ts";
import { shellWord } from "../core/shell.ts";
import { collect, type RunningExec } from "../docker/exec.ts";
import { inContainer } from "../docker/gone.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { databaseArgument } from "./access.ts";
import { listWithout, withoutRows } from "./load_list.ts";
import { loadFailure } from "./load_failure.ts";
import { loadJobs, withoutEventTriggers } from "./load_order.ts";
import type { MountedDump } from "./mounted_dump.ts";
import type { ServerSettings } from "./connection.ts";
import { psqlKnowsRestrict, requireRestrict, restricted, withoutOwnRestrict } from "./restrict.ts";
import type { ServerSession } from "./session.ts";
import { Complaints, toolCommand } from "./tools.ts";
import { upload } from "./upload.ts";

/** A dump with a manifest: what it is and what it must be, byte for byte. */
export interface LoadableDump {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly format: "custom" | "plain";
  readonly compression: string;
  /** Where it can be read without a copy of it. */
  readonly mounted?: MountedDump | undefined;
}

/** How a dump is loaded. */
export interface LoadOptions {
  /** Tables and indexes that are worked on at the same time; undefined for what the machine has. */
  readonly jobs?: number | undefined;
  /** What the dump makes, as its manifest has it: how it is loaded depends on that. */
  readonly schema: readonly FingerprintRow[];
  /** Materialized views of an archive that are made and not filled, as the schema names them. */
  readonly unfilled?: readonly string[];
  /** False: everything belongs to the role that restores. */
  readonly owner: boolean;
  /** Whether the server holds nothing but the copy, so that a script can do no harm there. */
  readonly alone?: boolean;
  /**
   * Loads by a user who is no superuser: without owners and rights, and without extensions and the
   * schemas of these names, which are there already.
   */
  readonly limited?: { readonly schemas: readonly string[] } | undefined;
  readonly signal: AbortSignal;
  readonly onUpload?: (bytes: number) => void;
  /** Hears of each object as it is made, such as `table "public.bids"`. */
  readonly onItem?: (item: string, tablesDone: number) => void;
}

const MOST_JOBS = 4;

/**
 * The fresh database is thrown away unless it wins, so its commits need not wait for the disk: the
 * swap's own does. A session whose oakum is dead must not finish an index of hours first. Compiling
 * the queries that check foreign keys costs more than it saves (measured).
 */
const SETTINGS = {
  synchronous_commit: "off",
  client_connection_check_interval: "2s",
  jit: "off",
};

/** Loads a dump into an empty database. Throws an `OakumError` that names the object that failed. */
export async function loadDump(
  session: ServerSession,
  dump: LoadableDump,
  database: string,
  options: LoadOptions,
): Promise<void> {
  if (dump.format === "plain") return await loadScript(session, dump, database, options);
  if (session.toolsMayFork) return await loadArchive(session, dump, database, options);
  const { toolHost: host } = session;
  const list = needsList(options) ? await writeList(session, { host, dump }, options) : undefined;
  const cmd = toolCommand("pg_restore", archiveArguments(database, options, list));
  try {
    await feedTool(session, "pg_restore", cmd, database, readWhole(dump, options), options);
  } finally {
    // Here it is the database's own container.
    if (list !== undefined) await runCommand(host, { cmd: ["rm", "-f", list] }).catch(() => {});
  }
}

/** From where it lies, else from a copy: only a file that can be sought in is loaded by several. */
async function loadArchive(
  session: ServerSession,
  dump: LoadableDump,
  database: string,
  options: LoadOptions,
): Promise<void> {
  const { signal, onUpload = () => {}, schema } = options;
  const jobs = loadJobs(schema, options.jobs) ?? Math.min(MOST_JOBS, session.facts.cores);
  const { host, path } = dump.mounted ??
    { host: session.toolHost, path: await upload(session.toolHost, dump, onUpload, signal) };
  const list = needsList(options) ? await writeList(session, { host, path }, options) : undefined;
  const args = [...archiveArguments(database, options, list), `--jobs=${jobs}`, path];
  await using exec = await session.tool(
    toolCommand("pg_restore", args),
    { database, env: { LC_ALL: "C" }, settings: settingsOf(session, options), host },
    signal,
  );
  await finish("pg_restore", exec, listen(exec, options), options);
  await dump.mounted?.requireUnchanged(signal);
}

function settingsOf({ facts }: ServerSession, { schema, limited }: LoadOptions): ServerSettings {
  // Only a superuser may turn them off; without one there are none.
  return { ...SETTINGS, ...limited ? {} : withoutEventTriggers(schema, facts.major) };
}

function archiveArguments(
  database: string,
  { owner, limited }: LoadOptions,
  list: string | undefined,
): string[] {
  return [
    `--dbname=${databaseArgument(database)}`,
    "--exit-on-error",
    "--verbose",
    "--no-password",
    // A second subscriber of the same slot would take changes away from the live database.
    "--no-subscriptions",
    ...(owner && !limited ? [] : ["--no-owner"]),
    ...(limited ? ["--no-privileges"] : []),
    ...(list === undefined ? [] : [`--use-list=${list}`]),
  ];
}

function needsList({ limited, unfilled = [] }: LoadOptions): boolean {
  return limited !== undefined || unfilled.length > 0;
}

/** Where an archive is read: a file beside the tool, or one that is sent to it. */
type ReadFrom =
  & { readonly host: CommandHost }
  & (
    | { readonly path: string }
    | { readonly dump: LoadableDump }
  );

/** Writes the list of what is to be made beside the tool that reads it; answers with its path. */
async function writeList(
  session: ServerSession,
  from: ReadFrom,
  options: LoadOptions,
): Promise<string> {
  const { signal, limited, unfilled = [] } = options;
  const { host } = from;
  const file = "path" in from ? [from.path] : [];
  const how = { database: "postgres", env: { LC_ALL: "C" }, stdin: file.length === 0, host };
  const cmd = toolCommand("pg_restore", ["--list", ...file]);
  await using exec = await session.tool(cmd, how, signal);
  const reading = collect(exec, LIST_BYTES);
  if ("dump" in from) {
    await exec.feed(readWhole(from.dump, options)).catch((error) => {
      if (!isBrokenPipe(error)) throw error; // It has read all that it wants.
    });
  }
  const { stdout, stderr } = await reading;
  const code = await exec.exitCode(signal);
  if (code !== 0) throw loadFailure({ tool: "pg_restore", code, text: stderr, entry: undefined });
  const path = `/tmp/oakum-list-${session.runId}`;
  const list = withoutRows(limited ? listWithout(stdout, limited.schemas) : stdout, unfilled);
  const write = { cmd: ["sh", "-c", 'umask 077; cat > "$1"', "oakum", path], input: list };
  const written = await inContainer(host, runCommand(host, write, signal));
  if (written.code !== 0) throw new Error(`"${path}" cannot be written: ${written.stderr}`);
  return path;
}

/** More than any list has. */
const LIST_BYTES = 2 ** 30;

async function loadScript(
  session: ServerSession,
  dump: LoadableDump,
  database: string,
  options: LoadOptions,
): Promise<void> {
  // Whoever can write to the backup folder can have written the script.
  if (!options.alone) await requireRestrict(session, dump.path);
  const locked = await psqlKnowsRestrict(session);
  const args = [
    `--dbname=${databaseArgument(database)}`,
    ...["--no-psqlrc", "--quiet", "--single-transaction", "--no-password", "--output=/dev/null"],
    "--set=ON_ERROR_STOP=1",
    ...locked ? restricted() : [],
  ];
  const bytes = readWhole(dump, options);
  const text = dump.compression === "none" ? bytes : gunzipped(bytes);
  const script = withoutOwnRestrict(text);
  await feedTool(session, "psql", toolCommand("psql", args), database, script, options);
}

/** Streams a dump into a tool's stdin; the tool hears its end only if it was the whole of it. */
async function feedTool(
  session: ServerSession,
  tool: string,
  cmd: readonly string[],
  database: string,
  input: AsyncIterable<Uint8Array>,
  options: LoadOptions,
): Promise<void> {
  const { signal } = options;
  const settings = settingsOf(session, options);
  const how = { database, env: { LC_ALL: "C" }, settings, stdin: true };
  await using exec = await session.tool(cmd, how, signal);
  const listening = listen(exec, options);
  try {
    await exec.feed(input);
  } catch (error) {
    signal.throwIfAborted();
    // A tool that gave up closes its end; what it said is the better reason.
    if (!isBrokenPipe(error)) throw error;
  }
  await finish(tool, exec, listening, options);
}

/** Whether a write failed because the command that was to read it has ended. */
export function isBrokenPipe(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === "stream-cut" || code === "EPIPE" || code === "ECONNRESET" ||
    code === "ERR_STREAM_DESTROYED" || code === "ERR_STREAM_WRITE_AFTER_END";
}

/** The file from its first byte to its last, which comes only if all of them are the manifest's. */
async function* readWhole(
  { path, sha256 }: LoadableDump,
  { onUpload = () => {}, signal }: LoadOptions,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of readOwnFile(path, onUpload)) {
    signal.throwIfAborted();
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new OakumError(
    "dump-damaged",
    "failed",
    `"${path}" has another SHA-256 than its manifest says.`,
    {
      hint: `Check the backup: oakum verify ${shellWord(path)}`,
      data: { path, expected: sha256, found },
    },
  );
}

/** What a tool said, gathered while it runs. */
interface Listening {
  readonly complaints: Complaints;
  readonly entry: () => string | undefined;
  readonly done: Promise<void>;
}

function listen(exec: RunningExec, { onItem }: LoadOptions): Listening {
  let entry: string | undefined;
  let tables = 0;
  const complaints = new Complaints((line) => {
    if (line.startsWith("from TOC entry")) entry = line;
    if (/^finished item \d+ TABLE DATA /.test(line)) tables++;
    const item = /^(?:creating|processing data for) (.*)$/.exec(line)?.[1];
    if (item) onItem?.(item, tables);
  });
  const done = (async () => {
    for await (const { data } of exec.output()) complaints.push(data);
  })();
  done.catch(() => {}); // It is awaited later.
  return { complaints, entry: () => entry, done };
}

async function finish(
  tool: string,
  exec: RunningExec,
  { complaints, entry, done }: Listening,
  { signal, schema }: LoadOptions,
): Promise<void> {
  try {
    await done;
  } finally {
    signal.throwIfAborted();
  }
  const code = await exec.exitCode(signal);
  if (code !== 0) throw loadFailure({ tool, code, text: complaints.text, entry: entry(), schema });
}
