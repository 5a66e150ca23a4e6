import { OakumError } from "../core/errors.ts";
import { databaseArgument } from "./access.ts";
import type { ServerSession } from "./session.ts";
import type { Snapshot } from "./snapshot.ts";
import { type DumpSink, streamTool } from "./stream.ts";

export type { DumpSink };

/** How a dump is written. */
export interface DumpFormat {
  readonly format: "custom" | "plain";
  /** `zstd:1`, `gzip:1` … or `none`. */
  readonly compression: string;
}

/** What is to be dumped, and as of when. */
export interface DumpRequest {
  readonly database: string;
  readonly snapshot: Pick<Snapshot, "id" | "encoding">;
  readonly format: DumpFormat;
  /** How long pg_dump may be silent, in milliseconds; five minutes unless said. */
  readonly stallMs?: number;
}

/** What came of a dump. */
export interface DumpOutcome {
  /** As asked for, unless this build of pg_dump lacks it: then `gzip:1`. */
  readonly compression: string;
  /**
   * Whether the stream is known to be whole. False for a server that only its own container
   * reaches: there only a full read can prove it, and must.
   */
  readonly endProved: boolean;
}

/** pg_dump says what it works on; called for each table whose rows it begins to write. */
export type OnTable = (table: string) => void;

const STALL_MS = 5 * 60_000;
const FALLBACK = "gzip:1";

/** zstd from PostgreSQL 16 on, gzip before: each at its fastest level (measured). */
export function defaultCompression(serverVersionNum: number): string {
  return serverVersionNum >= 160_000 ? "zstd:1" : FALLBACK;
}

/**
 * Streams a database through `pg_dump` into `sink`. Throws an `OakumError` with outcome `failed`
 * for anything but a whole dump.
 */
export async function dumpDatabase(
  session: ServerSession,
  what: DumpRequest,
  sink: DumpSink,
  onTable: OnTable,
  signal: AbortSignal,
): Promise<DumpOutcome> {
  const { compression } = what.format;
  try {
    return { compression, endProved: await pgDump(session, what, sink, onTable, signal) };
  } catch (error) {
    if (compression === FALLBACK || !lacksCompression(error)) throw error;
    const plainer = { ...what, format: { ...what.format, compression: FALLBACK } };
    const endProved = await pgDump(session, plainer, sink, onTable, signal);
    return { compression: FALLBACK, endProved };
  }
}

/** PostgreSQL can be built without zstd; pg_dump says so before it writes anything. */
export function lacksCompression(error: unknown): boolean {
  return error instanceof OakumError && error.code === "dump-failed" &&
    /does not support compression with/.test(`${error.message}\n${error.hint}`);
}

async function pgDump(
  session: ServerSession,
  what: DumpRequest,
  sink: DumpSink,
  onTable: OnTable,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, stallMs = STALL_MS } = what;
  const onLine = (line: string) => {
    const table = /^dumping contents of table "(.*)"$/.exec(line)?.[1];
    if (table) onTable(table);
  };
  const args = dumpArguments(what);
  const stream = { tool: "pg_dump", args, database, onLine, stallMs };
  return await streamTool(session, stream, sink, signal);
}

function dumpArguments({ snapshot, format }: DumpRequest): string[] {
  return [
    "--verbose",
    "--no-password",
    `--format=${format.format}`,
    `--compress=${compressArgument(format.compression)}`,
    `--snapshot=${snapshot.id}`,
    `--encoding=${snapshot.encoding}`,
    "--lock-wait-timeout=60s",
  ];
}

/** Before 16 pg_dump knows gzip only, and by its bare level. */
function compressArgument(compression: string): string {
  if (compression === "none") return "0";
  return compression.startsWith("gzip:") ? compression.slice("gzip:".length) : compression;
}

/** Which roles' script is to be dumped. */
export interface GlobalsRequest {
  /** The database to connect to. */
  readonly database: string;
  readonly encoding: string;
  /** False where the user may not read them. */
  readonly withPasswords: boolean;
}

/** Streams roles and their settings. */
export async function dumpGlobals(
  session: ServerSession,
  { database, encoding, withPasswords }: GlobalsRequest,
  sink: DumpSink,
  signal: AbortSignal,
): Promise<void> {
  const args = [
    "--globals-only",
    "--no-password",
    // Of its own accord it would look for "postgres" or "template1", which may both be gone.
    `--database=${databaseArgument(database)}`,
    `--encoding=${encoding}`,
    ...(withPasswords ? [] : ["--no-role-passwords"]),
  ];
  const stream = { tool: "pg_dumpall", args, database, stallMs: STALL_MS };
  await streamTool(session, stream, sink, signal);
}
