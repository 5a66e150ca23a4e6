import { OakumError } from "../core/errors.ts";
import type { RunningExec } from "../docker/exec.ts";
import type { ServerSession } from "./session.ts";
import { StallWatch } from "./stall.ts";
import {
  Complaints,
  lostSession,
  newNonce,
  readTrailer,
  toolCommand,
  toolCommandWithTrailer,
  TRAILER_BYTES,
  TrailerFilter,
} from "./tools.ts";

/** Takes a stream's bytes in order; while it is slow, the tool that writes them is slow. */
export type DumpSink = (data: Uint8Array) => Promise<void>;

/** One run of a tool whose stdout is wanted whole. */
export interface ToolStream {
  readonly tool: string;
  readonly args: readonly string[];
  readonly database: string;
  /** Hears each line of progress that the tool writes to stderr. */
  readonly onLine?: (line: string) => void;
  /** How long the tool may be silent, in milliseconds. */
  readonly stallMs: number;
}

/** How long the engine may take to say how a command ended whose stream has ended. */
const EXIT_CODE_MS = 15_000;

/**
 * Streams what a tool writes into `sink`. Success is all of: the trailer with exit code 0 at the
 * end of the stream, and the engine's word that the command ended with 0. Throws an `OakumError`
 * with outcome `failed` otherwise.
 *
 * Answers whether the end was proved: where tools must not fork nothing writes a trailer, and only
 * a full read tells a whole stream from one that was cut on a frame's border.
 */
export async function streamTool(
  session: ServerSession,
  stream: ToolStream,
  sink: DumpSink,
  signal: AbortSignal,
): Promise<boolean> {
  const nonce = session.toolsMayFork ? newNonce() : undefined;
  const complaints = new Complaints(stream.onLine);
  const tail = new TrailerFilter(nonce === undefined ? 0 : TRAILER_BYTES);
  using watch = new StallWatch(stream.tool, stream.stallMs);
  const stop = AbortSignal.any([signal, watch.signal]);
  await using exec = await start(session, stream, nonce, stop);
  try {
    for await (const { stream, data } of exec.output()) {
      watch.came();
      if (stream === "stderr") complaints.push(data);
      else for (const part of tail.push(data)) await sink(part);
      watch.wait();
    }
  } catch (error) {
    if (stop.aborted) throw stop.reason;
    throw isCut(error) ? await explain(session, stream.tool, undefined, complaints, stop) : error;
  }
  signal.throwIfAborted();
  const written = nonce === undefined ? 0 : readTrailer(tail.tail, nonce);
  // Without its trailer a stream was cut, and the tool may wait for a reader for ever.
  const code = written === 0 ? await engineCode(exec, signal) : written;
  if (code === 0) return nonce !== undefined;
  throw await explain(session, stream.tool, code, complaints, signal);
}

function start(
  session: ServerSession,
  { tool, args, database }: ToolStream,
  nonce: string | undefined,
  signal: AbortSignal,
): Promise<RunningExec> {
  const cmd = nonce === undefined
    ? toolCommand(tool, args)
    : toolCommandWithTrailer(tool, args, nonce);
  return session.tool(cmd, { database, env: { LC_ALL: "C", PGTZ: "UTC" } }, signal);
}

function isCut(error: unknown): boolean {
  return error instanceof OakumError && error.code === "stream-cut";
}

/** Undefined where the engine does not say in time. */
async function engineCode(exec: RunningExec, signal: AbortSignal): Promise<number | undefined> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(EXIT_CODE_MS)]);
  const code = await exec.exitCode(patience).catch(() => undefined);
  signal.throwIfAborted();
  return code;
}

/** `code` is the tool's own exit code, undefined where its stream did not get that far. */
async function explain(
  session: ServerSession,
  tool: string,
  code: number | undefined,
  complaints: Complaints,
  signal: AbortSignal,
): Promise<OakumError> {
  const data = { tool, exitCode: code ?? null };
  const look = lostSession(complaints.text) ? whatStopped : databaseStopped;
  const stopped = await look(session, signal);
  if (stopped || code === undefined) {
    const why = stopped ?? "the stream from Docker was cut";
    return new OakumError("dump-cut", "failed", `${tool} did not get to its end: ${why}.`, {
      hint: "Nothing was kept; older backups are as they were.",
      data,
    });
  }
  const said = complaints.firstError || `exit code ${code}`;
  return new OakumError("dump-failed", "failed", `${tool} failed: ${said}`, {
    hint: complaints.text.includes("\n")
      ? complaints.text
      : code === 137
      ? "It was killed: is the machine out of memory?"
      : "Nothing was kept; older backups are as they were.",
    data,
  });
}

/**
 * The reason why a session was lost in the middle of a dump: the database's container, where that is
 * gone.
 */
export async function whyLost(
  session: ServerSession,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof OakumError) || error.code !== "connection-lost") return error;
  const stopped = await whatStopped(session, signal);
  if (!stopped) return error;
  return new OakumError("dump-cut", "failed", `The dump did not get to its end: ${stopped}.`, {
    hint: "Nothing was kept; older backups are as they were.",
    cause: error,
  });
}

/** As long as `docker stop` waits for a server that has ended its sessions and still writes. */
const STOPPING_MS = 10_000;

/** The same as `databaseStopped`, also where the container ends a moment after its sessions. */
async function whatStopped(
  session: ServerSession,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stopped = await databaseStopped(session);
  if (stopped || signal.aborted) return stopped;
  const { server: { container }, sidecar: { engine } } = session;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(STOPPING_MS)]);
  await engine.wait(container.Id, patience).catch(() => {});
  return await databaseStopped(session);
}

/** Says so where the database's container no longer runs, or not as the one that it was. */
async function databaseStopped(session: ServerSession): Promise<string | undefined> {
  const { container } = session.server;
  const name = container.Name.slice(1);
  const now = await session.sidecar.engine.container(container.Id).catch(() => null);
  if (now === null) return "the connection to Docker was lost";
  if (!now) return `the database container "${name}" is gone`;
  if (!now.State.Running) return `the database container "${name}" stopped`;
  if (now.State.StartedAt !== container.State.StartedAt) {
    return `the database container "${name}" was restarted`;
  }
}
