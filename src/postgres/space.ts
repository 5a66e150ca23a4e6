import { OakumError } from "../core/errors.ts";
import { size } from "../core/sizes.ts";
import { sleep } from "../core/time.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { ServerAccess } from "./access.ts";
import type { Queryable } from "./connection.ts";

/** One file system as the server sees it; bytes. */
export interface FileSystem {
  readonly path: string;
  readonly total: number;
  readonly free: number;
}

/** Where a server keeps what a restore writes. */
export interface ServerFolders {
  /** The data directory, or that of the database's tablespace. */
  readonly data: string;
  readonly wal: string;
  /** `max_wal_size` in bytes. */
  readonly maxWal: number;
}

const MB = 2 ** 20;

/** Asks the server for its folders; undefined where this user may not know and nothing tells. */
export async function findFolders(
  sql: Queryable,
  server: ServerAccess,
  tablespace: string,
): Promise<ServerFolders | undefined> {
  const [row] = await sql<{ data: string | null; space: string | null; wal: string }[]>`
    select (select setting from pg_settings where name = 'data_directory') as data,
      (select nullif(pg_tablespace_location(oid), '') from pg_tablespace
        where spcname = ${tablespace}) as space,
      pg_size_bytes(current_setting('max_wal_size'))::int8 as wal`;
  const configured = server.container.Config.Env.find((line) => line.startsWith("PGDATA="));
  const data = row?.data ?? configured?.slice("PGDATA=".length);
  if (!row || !data) return undefined;
  return { data: row.space ?? data, wal: `${data}/pg_wal/.`, maxWal: Number(row.wal) };
}

/**
 * Measures file systems from inside the database container: only there are its volumes seen. `df` is
 * one process that never forks, so it may run where the server is PID 1. Undefined where it cannot.
 */
export async function measureRoom(
  host: CommandHost,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<FileSystem[] | undefined> {
  const cmd = ["df", "-Pk", "--", ...paths];
  const { code, stdout } = await runCommand(host, { cmd, env: { LC_ALL: "C" } }, signal);
  const lines = stdout.trim().split("\n").slice(1);
  if (code !== 0 || lines.length !== paths.length) return undefined;
  const measured = lines.map((line, at) => parseLine(line, paths[at]!));
  return measured.every((one) => one !== undefined) ? measured : undefined;
}

/** Device and mount point may hold spaces; the four columns of numbers between them do not. */
function parseLine(line: string, path: string): FileSystem | undefined {
  const [, total, free] = /\s(\d+)\s+\d+\s+(-?\d+)\s+\d+%\s/.exec(line) ?? [];
  if (total === undefined || free === undefined) return undefined;
  return { path, total: Number(total) * 1024, free: Number(free) * 1024 };
}

/** What must stay free for the live server: a tenth of the file system, 64 MB to 1 GB. */
export function floorOf({ total }: Pick<FileSystem, "total">): number {
  return Math.min(1024 * MB, Math.max(64 * MB, total / 10));
}

/** Bytes that will be written to a file system. */
export interface Demand {
  readonly system: FileSystem;
  readonly bytes: number;
}

/** What is needed on one file system, and what is there. */
export interface RoomVerdict {
  readonly path: string;
  readonly needed: number;
  /** What of that must stay free. */
  readonly reserve: number;
  readonly free: number;
  readonly enough: boolean;
}

/** What a copy of a database writes: 1.3 times its size, and as much again to the log, up to its limit. */
export function copyDemands(
  { maxWal }: Pick<ServerFolders, "maxWal">,
  [data, wal]: readonly [FileSystem, FileSystem],
  databaseBytes: number,
): Demand[] {
  const forData = databaseBytes * 1.3;
  const forWal = Math.min(maxWal, forData + 64 * MB);
  return [{ system: data, bytes: forData }, { system: wal, bytes: forWal }];
}

/** Judges demands; those on the same disk are added up. A tenth, or the floor, must stay free. */
export function judgeRoom(demands: readonly Demand[]): RoomVerdict[] {
  const disks: { system: FileSystem; bytes: number }[] = [];
  for (const { system, bytes } of demands) {
    const disk = disks.find((other) => sameDisk(other.system, system));
    if (disk) disk.bytes += bytes;
    else disks.push({ system, bytes });
  }
  return disks.map(({ system: { path, total, free }, bytes }) => {
    const reserve = Math.ceil(Math.max(bytes / 10, floorOf({ total })));
    const needed = Math.ceil(bytes) + reserve;
    return { path, needed, reserve, free, enough: free >= needed };
  });
}

/** A volume and a container's own layer show different devices and yet are one disk. */
function sameDisk(a: FileSystem, b: FileSystem): boolean {
  return a.total === b.total && Math.abs(a.free - b.free) <= 64 * MB;
}

/** The sentence for a file system that is too small. */
export function roomText({ path, needed, free }: RoomVerdict): string {
  return `The server has ${size(Math.max(0, free))} free at "${path}"; the copy needs ${
    size(needed)
  } there.`;
}

/** Bytes a second that no disk of today's takes for long. */
const FASTEST = 2e9;
const SOONEST_MS = 500;
const LATEST_MS = 10_000;

/** How long the room cannot reach the floor, in milliseconds: each look costs the server a process. */
export function nextLook(seen: readonly FileSystem[] = []): number {
  const spare = Math.min(...seen.map((system) => system.free - floorOf(system)));
  if (!Number.isFinite(spare)) return SOONEST_MS;
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, spare / FASTEST * 1000));
}

/** Watches the server's file systems while something large is written to them. */
export class SpaceWatch implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #alarm = new AbortController();
  readonly #watching: Promise<void>;

  constructor(host: CommandHost, folders: ServerFolders) {
    this.#watching = this.#watch(host, [folders.data, folders.wal]).catch(() => {});
  }

  /** Aborted with an `OakumError` when room falls below the floor. */
  get signal(): AbortSignal {
    return this.#alarm.signal;
  }

  async #watch(host: CommandHost, paths: readonly string[]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // One look that fails is no reason to stop looking.
      const seen = await measureRoom(host, paths, this.#stop.signal).catch(() => undefined);
      const low = seen?.find((system) => system.free < floorOf(system));
      if (low) return this.#alarm.abort(tooLittleLeft(low));
      await sleep(nextLook(seen), this.#stop.signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }
}

function tooLittleLeft(system: FileSystem): OakumError {
  return new OakumError(
    "server-disk-low",
    "unchanged",
    `The load was stopped: the server had only ${size(system.free)} left at "${system.path}".`,
    {
      hint:
        `The live database is as it was, and the copy is dropped again. Free some space there ` +
        `(at least ${size(floorOf(system))} must always stay), then try again.`,
      data: { path: system.path, free: system.free, floor: floorOf(system) },
    },
  );
}
