import { findBackup } from "../../src/backups/find.ts";
import { type Backup, listTarget } from "../../src/backups/list.ts";
import type { Ask } from "../../src/core/ask.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { backUp } from "../../src/operations/backup.ts";
import type { Context } from "../../src/operations/context.ts";
import { restore } from "../../src/operations/restore.ts";
import type { RestoreRequest } from "../../src/operations/restore/request.ts";
import type { RestorePlan, RestoreReport } from "../../src/reports/restore.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import type { RestoreServer } from "./server_fixture.ts";

/** A person who agrees to everything. */
export const agreeable: Ask = {
  confirm: () => Promise.resolve(),
  typeName: () => Promise.resolve(),
  choose: (_question, choices, fallback) => Promise.resolve(fallback ?? choices[0]!.value),
};

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
    options: { format?: "custom" | "plain"; compression?: string } = {},
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

  /** What a restore would do. */
  async plan(backup: Backup, wish: Partial<RestoreRequest> = {}): Promise<RestorePlan> {
    const report: unknown = await this.restore(backup, { ...wish, dryRun: true });
    return report as RestorePlan;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}
