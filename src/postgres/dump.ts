import { OakumError } from "../core/errors.ts";
import type { RunningExec } from "../docker/exec.ts";
import type { ServerSession } from "./session.ts";
import { Complaints, newNonce, toolCommandWithTrailer, trailer, TrailerFilter } from "./tools.ts";

/** How a dump is written. */
export interface DumpFormat {
  readonly format: "custom" | "plain";
  /** `zstd:1`, `gzip:1` … or `none`. */
  readonly compression: string;
}

/** Takes a dump's bytes in order; while it is slow, pg_dump is slow. */
export type DumpSink = (data: Uint8Array) => Promise<void>;

/** pg_dump says what it works on; called for each table whose rows it begins to write. */
export type OnTable = (table: string) => void;

const STALL_MS = 5 * 60_000;

/** zstd from PostgreSQL 16 on, gzip before: each at its fastest level (measured). */
export function defaultCompression(serverVersionNum: number): string {
  return serverVersionNum >= 160_000 ? "zstd:1" : "gzip:1";
}

/**
 * Streams a database through `pg_dump` into `sink`. Success is all of: the trailer with exit code 0
 * at the end of the stream, and the engine's word that the command ended with 0. Throws an
 * `OakumError` with outcome `failed` otherwise.
 */
export async function dumpDatabase(
  session: ServerSession,
  what: { database: string; snapshotId: string; format: DumpFormat },
  sink: DumpSink,
  onTable: OnTable,
  signal: AbortSignal,
): Promise<void> {
  const args = dumpArguments(what);
  await streamTool(session, "pg_dump", args, what.database, sink, (line) => {
    const table = /^dumping contents of table "(.*)"$/.exec(line)?.[1];
    if (table) onTable(table);
  }, signal);
}

function dumpArguments(
  { snapshotId, format }: { snapshotId: string; format: DumpFormat },
): string[] {
  return [
    "--verbose",
    "--no-password",
    `--format=${format.format}`,
    `--compress=${compressArgument(format.compression)}`,
    `--snapshot=${snapshotId}`,
    "--lock-wait-timeout=60s",
  ];
}

/** Before 16 pg_dump knows gzip only, and by its bare level. */
function compressArgument(compression: string): string {
  if (compression === "none") return "0";
  return compression.startsWith("gzip:") ? compression.slice("gzip:".length) : compression;
}

/** Streams roles and their settings; without passwords where the user may not read them. */
export async function dumpGlobals(
  session: ServerSession,
  database: string,
  withPasswords: boolean,
  sink: DumpSink,
  signal: AbortSignal,
): Promise<void> {
  const args = [
    "--globals-only",
    "--no-password",
    ...(withPasswords ? [] : ["--no-role-passwords"]),
  ];
  await streamTool(session, "pg_dumpall", args, database, sink, () => {}, signal);
}

async function streamTool(
  session: ServerSession,
  tool: string,
  args: readonly string[],
  database: string,
  sink: DumpSink,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const nonce = newNonce();
  const complaints = new Complaints(onLine);
  const tail = new TrailerFilter();
  const watchdog = new Watchdog(STALL_MS);
  const env = { LC_MESSAGES: "C", LC_ALL: "C" };
  const cmd = toolCommandWithTrailer(tool, args, nonce);
  const stop = AbortSignal.any([signal, watchdog.signal]);
  await using exec = await session.tool(cmd, { database, env }, stop);
  try {
    for await (const { stream, data } of exec.output()) {
      watchdog.feed();
      if (stream === "stderr") complaints.push(data);
      else for (const part of tail.push(data)) await sink(part);
    }
  } catch (error) {
    throw stop.aborted ? stop.reason : error;
  } finally {
    watchdog[Symbol.dispose]();
  }
  signal.throwIfAborted();
  await judge(tool, exec, tail.tail, nonce, complaints);
}

async function judge(
  tool: string,
  exec: RunningExec,
  tail: string,
  nonce: string,
  complaints: Complaints,
): Promise<void> {
  const code = await exec.exitCode().catch(() => undefined);
  if (code === 0 && tail === trailer(nonce, 0)) return;
  if (
    tail.startsWith(`oakum-end-${nonce}-`) || (code !== undefined && code !== 0 && code !== 137)
  ) {
    throw new OakumError(
      "dump-failed",
      "failed",
      `${tool} failed: ${complaints.firstError || `exit code ${code}`}`,
      {
        hint: complaints.text.split("\n").length > 1
          ? complaints.text
          : "Nothing was kept; older backups are as they were.",
        data: { tool, exitCode: code },
      },
    );
  }
  throw new OakumError(
    "dump-cut",
    "failed",
    `The stream from ${tool} ended before its end${
      code === undefined ? "" : ` (exit code ${code})`
    }.`,
    {
      hint:
        "Was the database's container stopped? Nothing was kept; older backups are as they were.",
    },
  );
}

/** Aborts its signal when it is not fed for `limit` milliseconds. */
class Watchdog implements Disposable {
  readonly #controller = new AbortController();
  #fedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(limit: number) {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#fedAt < limit) return;
      this.#controller.abort(
        new OakumError(
          "dump-stalled",
          "failed",
          `Nothing came from pg_dump for ${limit / 60_000} minutes.`,
          {
            hint:
              "Is the server busy or waiting? Look: oakum psql -- -c 'select * from pg_stat_activity'",
          },
        ),
      );
    }, Math.min(limit / 5, 10_000));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  feed(): void {
    this.#fedAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
