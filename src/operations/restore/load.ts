import { dumpPath } from "../../backups/list.ts";
import type { Manifest } from "../../backups/manifest.ts";
import { sleep } from "../../core/time.ts";
import type { Sql } from "../../postgres/connection.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import { loadDump } from "../../postgres/load.ts";
import { whyOneJob } from "../../postgres/load_order.ts";
import type { MountedDump } from "../../postgres/mounted_dump.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { type ServerFolders, SpaceWatch } from "../../postgres/space.ts";
import type { Context } from "../context.ts";
import type { RestoreRequest } from "./request.ts";
import { matchEmptiness } from "./emptiness.ts";
import { serverHost } from "./room.ts";

/** What is loaded, into which database, and which disks are watched meanwhile. */
export interface Loading {
  readonly request: Pick<RestoreRequest, "backup" | "jobs" | "owner">;
  readonly into: string;
  readonly folders: ServerFolders | undefined;
  readonly mounted?: MountedDump | undefined;
  /** Who loads a foreign dump, where everything else is ready for that. */
  readonly limited?: Limited | undefined;
}

/** A load by somebody who is no superuser. */
export interface Limited {
  readonly loader: ServerSession;
  /** Those that were made beforehand. */
  readonly schemas: readonly string[];
}

/** Loads the dump into the fresh database and stops before the server's disk is full. */
export async function load(
  context: Context,
  session: ServerSession,
  { request, into, folders, mounted, limited }: Loading,
): Promise<void> {
  const { manifest } = request.backup;
  tellOneJob(context, manifest, request.jobs);
  await using watch = folders && new SpaceWatch(serverHost(session), folders);
  const signal = AbortSignal.any([context.signal, ...watch ? [watch.signal] : []]);
  if (!limited) await matchEmptiness(session, into, manifest);
  await using progress = new LoadProgress(context, session, request, into);
  const { format, compression, bytes, sha256 } = manifest.dump;
  await loadDump(
    limited?.loader ?? session,
    { path: dumpPath(request.backup), bytes, sha256, format, compression, mounted },
    into,
    {
      jobs: request.jobs,
      schema: manifest.fingerprint.rows,
      owner: request.owner,
      limited,
      signal,
      onUpload: (sent) => progress.uploaded(sent),
      onItem: (item, tables) => progress.made(item, tables),
    },
  );
}

function tellOneJob({ emit }: Context, { fingerprint }: Manifest, jobs: number | undefined): void {
  const why = whyOneJob(fingerprint.rows);
  if (why === undefined || jobs === 1) return;
  emit({ type: "note", text: `It is loaded by one session, in the order of the dump: ${why}` });
}

const POLL_MS = 1000;

/** Tells how far the load is: bytes of the new database, tables, and what is being made now. */
class LoadProgress implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #polling: Promise<void>;
  #bytes = 0;
  #tables = 0;
  #item: string | undefined;

  constructor(
    private readonly context: Context,
    session: ServerSession,
    private readonly request: Loading["request"],
    database: string,
  ) {
    this.#polling = inMaintenance(session, (sql) => this.#poll(sql, database)).catch(() => {});
  }

  uploaded(bytes: number): void {
    const expectedBytes = this.request.backup.manifest.dump.bytes;
    this.context.emit({ type: "progress", step: "upload", bytes, expectedBytes });
  }

  made(item: string, tables: number): void {
    [this.#item, this.#tables] = [item, tables];
    this.#tell();
  }

  #tell(): void {
    const { manifest } = this.request.backup;
    this.context.emit({
      type: "progress",
      step: "load",
      bytes: this.#bytes,
      expectedBytes: manifest.database.bytes,
      done: this.#tables,
      total: manifest.tables.length,
      unit: "tables",
      ...(this.#item === undefined ? {} : { item: this.#item }),
    });
  }

  async #poll(sql: Sql, database: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const [row] = await sql<{ bytes: string }[]>`
        select pg_database_size(oid) as bytes from pg_database where datname = ${database}`;
      this.#bytes = Number(row?.bytes ?? 0);
      this.#tell();
      await sleep(POLL_MS, this.#stop.signal).catch(() => {}); // It is over: let go in good order.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#polling;
  }
}
