import { newestGood } from "../backups/find.ts";
import { prepareFolder } from "../backups/folder.ts";
import { type Backup, listTarget } from "../backups/list.ts";
import { type LockedFolder, lockFolder } from "../backups/lock.ts";
import type { AdoptedFrom, TargetName } from "../backups/manifest.ts";
import { requireSpace } from "../backups/space.ts";
import { sweep } from "../backups/sweep.ts";
import { type DumpOptions, openDump } from "../backups/write.ts";
import { ofContainer, sweepContainers } from "../docker/sweep.ts";
import { defaultCompression, type DumpFormat } from "../postgres/dump.ts";
import { needsRitual } from "../postgres/extensions.ts";
import { luckTexts } from "../postgres/load_order.ts";
import type { ServerSession } from "../postgres/session.ts";
import { Snapshot } from "../postgres/snapshot.ts";
import type { BackupReport } from "../reports/backup.ts";
import { collapse, manifestFacts } from "./backup/facts.ts";
import { proveByReading } from "./backup/prove.ts";
import { prune } from "./backup/prune.ts";
import { readServerFacts } from "./backup/server_facts.ts";
import { writeDump } from "./backup/write_dump.ts";
import type { Context } from "./context.ts";
import { leftStanding } from "./left_standing.ts";

/** What a backup is asked to be. */
export interface BackupRequest {
  /** The backup folder; the target's own folder is made below it. */
  readonly dir: string;
  readonly target: TargetName;
  readonly format: "custom" | "plain";
  /** Undefined for the fastest that the server's pg_dump knows. */
  readonly compression?: string | undefined;
  /** `restore` is proved once more after it is published, in a sandbox. */
  readonly verify: "read" | "restore" | "none";
  /** Why oakum takes it by itself; null where a person asked. */
  readonly reason: string | null;
  /** Takes a backup for good that looks like a collapse of the one before it. */
  readonly accept: boolean;
  /** The schema's hash as our own downgrade left it, where one came after the last good backup. */
  readonly undone?: string | undefined;
  /** The instant that the data is of, where that is not now: of a dump that is adopted. */
  readonly takenAt?: Date;
  /** Where the data came from, where that is not the target itself. */
  readonly adopted?: AdoptedFrom;
  /** What a person writes on it; unlike a pin's note it keeps nothing from being pruned. */
  readonly note?: string | undefined;
}

/**
 * Backs up one database of a server that a session is open to. Nothing counts until the manifest is
 * published; whatever fails before leaves older backups as they were and nothing new behind.
 */
export async function backUp(
  context: Context,
  session: ServerSession,
  database: string,
  request: BackupRequest,
): Promise<BackupReport> {
  const { clock, emit, signal } = context;
  const { dir, target, reason, note, adopted, verify } = request;
  const sql = session.sql(database, { max: 1 });
  const server = await readServerFacts(session, sql);
  const form = formOf(request, server.versionNum);
  await using folder = await lockTarget(context, request);
  await sweepAll(context, session, folder);
  // Of another database's data it says nothing how big it was, or how big it should be.
  const previous = adopted ? undefined : newestGood(await listTarget(dir, target), clock.now());
  if (previous) await requireSpace(folder.path, previous.manifest.dump.bytes);

  emit({ type: "step", step: "snapshot", text: "Holding the tables still" });
  await using snapshot = await Snapshot.take(sql);
  const takenAt = request.takenAt ?? snapshot.takenAt;
  await using dump = await openDump(folder, dumpOptions(form, takenAt, previous, signal));

  emit({ type: "step", step: "dump", text: `Dumping ${database}` });
  const dumping = { session, database, snapshot, dump };
  const { recorded, endProved, compression, warnings } = await writeDump(context, dumping, server);
  const data = await dump.finish(compression);

  // Beside a server that only its own container reaches, nothing but this tells a cut from an end.
  if (verify !== "none" || !endProved) {
    emit({ type: "step", step: "verify", text: "Reading the dump back" });
    await proveByReading(context, session, { path: dump.temporaryPath, ...data, form: dump.form });
  }

  emit({ type: "step", step: "publish", text: "Publishing the backup" });
  const learnt = { target, reason, note, adopted, verify, server, recorded, takenAt, dump, data };
  const facts = manifestFacts(context, learnt);
  const suspect = request.accept ? [] : collapse(facts, learnt, previous, request.undone);
  const manifest = await dump.publish({ ...facts, suspect });
  const pruned = adopted ? NOTHING_PRUNED : await prune(context, folder, request);
  return {
    kind: "backup",
    folder: folder.path,
    manifest,
    tookMs: clock.now().getTime() - snapshot.takenAt.getTime(),
    previous: previous?.id ?? null,
    expired: pruned.expired,
    warnings: [
      ...otherCompression(form, compression),
      ...warnings,
      ...luckTexts(recorded.fingerprint.rows, Math.floor(server.versionNum / 10_000)),
      ...ritualTexts(recorded.database.extensions),
      ...pruned.warnings,
    ],
  };
}

/** What was adopted is no newer backup of the target, so none goes for it. */
const NOTHING_PRUNED = { expired: [], warnings: [] };

/** Whoever holds the folder's lock knows that every other run that wrote in it is dead. */
async function sweepAll(
  { engine, clock, emit }: Context,
  { server: { container } }: ServerSession,
  folder: LockedFolder,
): Promise<void> {
  const onLeft = leftStanding(emit);
  const files = (await sweep(folder, onLeft)).map(({ file, run }) => ({ name: file, run }));
  const containers = await sweepContainers(
    engine,
    clock,
    await ofContainer(engine, container.Id),
    onLeft,
  );
  for (const { name, run } of [...files, ...containers]) {
    emit({ type: "note", text: `Removed ${name}, which run ${run} left behind when it died` });
  }
}

/** How a dump is written, where nothing else was asked for. */
export function formOf(
  { format, compression }: Pick<BackupRequest, "format" | "compression">,
  versionNum: number,
): DumpFormat {
  if (compression !== undefined) return { format, compression };
  // A script is for people and stock tools, all of which know gzip.
  return { format, compression: format === "plain" ? "gzip:1" : defaultCompression(versionNum) };
}

function ritualTexts(extensions: readonly { readonly name: string }[]): string[] {
  return extensions.filter(({ name }) => needsRitual(name)).map(({ name }) =>
    `The extension "${name}" needs steps at a restore that oakum does not take: its own manual says which.`
  );
}

function otherCompression(asked: DumpFormat, taken: string): string[] {
  if (asked.compression === taken) return [];
  return [`This image's pg_dump lacks ${asked.compression}: the dump is written with ${taken}.`];
}

async function lockTarget(context: Context, request: BackupRequest): Promise<LockedFolder> {
  const path = await prepareFolder(request.dir, request.target);
  const command = request.reason ? `backup ${request.reason}` : "backup";
  return await lockFolder(path, {
    run: context.runId,
    command,
    pid: Deno.pid,
    clock: context.clock,
  });
}

function dumpOptions(
  form: DumpFormat,
  takenAt: Date,
  previous: Backup | undefined,
  signal: AbortSignal,
): DumpOptions {
  const before = previous?.manifest.dump;
  const comparable = before?.format === form.format && before.compression === form.compression;
  return { ...form, takenAt, signal, ...(comparable ? { expectedBytes: before.bytes } : {}) };
}
