import assert from "node:assert/strict";
import { findBackup } from "../../src/backups/find.ts";
import { type Backup, listTarget } from "../../src/backups/list.ts";
import { OakumError } from "../../src/core/errors.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { backUp } from "../../src/operations/backup.ts";
import type { Context } from "../../src/operations/context.ts";
import { restore } from "../../src/operations/restore.ts";
import type { RestoreRequest } from "../../src/operations/restore/request.ts";
import { finalizeRestore } from "../../src/operations/finalize_restore.ts";
import { undoRestore } from "../../src/operations/undo_restore.ts";
import type {
  FinalizeReport,
  RestorePlan,
  RestoreReport,
  UndoReport,
} from "../../src/reports/restore.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { agreeable } from "./agreeable.ts";
import type { RestoreServer } from "./server_fixture.ts";

/** A context of one run, and what it told. */
export function contextOf(
  server: Pick<RestoreServer, "engine">,
  options: { signal?: AbortSignal; onEvent?: (event: OakumEvent) => void } = {},
): Context & { readonly events: OakumEvent[] } {
  const events: OakumEvent[] = [];
  return {
    engine: server.engine,
    clock: systemClock,
    emit: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
    signal: options.signal ?? new AbortController().signal,
    ask: agreeable,
    runId: newRunId(),
    events,
  };
}

/** A backup folder of one test. */
export class BackupFolder implements AsyncDisposable {
  private constructor(readonly server: RestoreServer, readonly dir: string) {}

  static async make(server: RestoreServer): Promise<BackupFolder> {
    return new BackupFolder(server, await Deno.makeTempDir({ prefix: "oakum-restore-" }));
  }

  target(database: string) {
    return { project: "shop", service: "db", database };
  }

  /** Takes a backup and hands it back as the store lists it. */
  async backUp(
    database: string,
    options: { format?: "custom" | "plain"; compression?: string; reason?: string } = {},
  ): Promise<Backup> {
    const target = this.target(database);
    await using session = await this.server.session();
    const { manifest } = await backUp(contextOf(this.server), session, database, {
      ...{ dir: this.dir, target, format: "custom", verify: "none", reason: null, accept: true },
      ...options,
    });
    return findBackup(await listTarget(this.dir, target), manifest.id).backup;
  }

  /** Restores a backup as the command does. */
  async restore(
    backup: Pick<Backup, "id" | "folder" | "manifest">,
    wish: Partial<RestoreRequest> & { server?: RestoreServer; context?: Context } = {},
  ): Promise<RestoreReport> {
    const { server = this.server, context = contextOf(server), ...rest } = wish;
    await using session = await ServerSession.open(
      context.engine,
      server.access,
      context.runId,
      context.signal,
    );
    const report = await restore(context, session, {
      backup,
      target: backup.manifest.target,
      dir: this.dir,
      ...{ into: undefined, jobs: undefined, allow: [], createRoles: false, owner: true },
      ...{ dryRun: false, services: ["web"] },
      ...rest,
    });
    return report as RestoreReport;
  }

  /** Puts back what the last restore replaced. */
  undo(database: string, change: Partial<Context> = {}): Promise<UndoReport> {
    return this.#withSession(
      change,
      (context, session) =>
        undoRestore(context, session, { ...this.#wish(database, []), services: ["web"] }),
    );
  }

  /** Drops what restores have kept. */
  finalize(
    database: string,
    allow: readonly string[] = [],
    change: Partial<Context> = {},
  ): Promise<FinalizeReport> {
    return this.#withSession(
      change,
      (context, session) => finalizeRestore(context, session, this.#wish(database, allow)),
    );
  }

  #wish(database: string, allow: readonly string[]) {
    return { target: this.target(database), dir: this.dir, allow, dryRun: false };
  }

  async #withSession<T>(
    change: Partial<Context>,
    work: (context: Context, session: ServerSession) => Promise<T>,
  ): Promise<T> {
    const context = { ...contextOf(this.server), ...change };
    const { engine, access } = this.server;
    await using session = await ServerSession.open(engine, access, context.runId);
    return await work(context, session);
  }

  /** What a restore would do. */
  async plan(backup: Backup, wish: Partial<RestoreRequest> = {}): Promise<RestorePlan> {
    const report: unknown = await this.restore(backup, { ...wish, dryRun: true });
    return report as RestorePlan;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs what must be refused or fail, and hands back the error. */
export async function failure(work: Promise<unknown>): Promise<OakumError> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it did not fail"}`);
  return error;
}

/** A database with a bit of everything that a dump holds. */
export async function makeShop(server: RestoreServer, name: string): Promise<void> {
  if (name !== "postgres") {
    await server.psql("postgres", `create database ${quoted(name)} template template0`);
  }
  await server.psql(
    name,
    `
    create extension citext;
    create type state as enum ('open', 'closed');
    create table artworks (id bigint generated always as identity primary key, title citext not null,
      state state not null default 'open');
    create table bids (id serial primary key, artwork bigint not null references artworks,
      cents int not null check (cents > 0), at timestamptz not null default now());
    create index bids_at on bids (at);
    create view open_artworks as select * from artworks where state = 'open';
    create function total(bigint) returns bigint language sql stable
      as 'select sum(cents) from public.bids where artwork = $1';
    insert into artworks (title) select 'Work ' || n from generate_series(1, 50) n;
    insert into bids (artwork, cents) select 1 + n % 50, n from generate_series(1, 5000) n;
    select lo_from_bytea(0, 'a large object');
  `,
  );
}

/** A name as SQL text has it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
