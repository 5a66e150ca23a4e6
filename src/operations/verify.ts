import { bytesToCheck, checkBackup } from "../backups/check.ts";
import { type Backup, dumpPath } from "../backups/list.ts";
import { lockFolder } from "../backups/lock.ts";
import type { Manifest } from "../backups/manifest.ts";
import { updateManifest } from "../backups/manifest_file.ts";
import { readDump } from "../backups/read_dump.ts";
import { OakumError } from "../core/errors.ts";
import { rfc3339 } from "../core/time.ts";
import { fullRead } from "../postgres/full_read.ts";
import type { ServerSession } from "../postgres/session.ts";
import type { Verified } from "../reports/verify.ts";
import type { Context } from "./context.ts";
import { proveByRestore } from "./verify/prove_by_restore.ts";

/** What is verified, and how far. */
export interface VerifyRequest {
  readonly backup: Backup;
  /** Manifests of the target's other backups, by whose hashes swapped files are recognised. */
  readonly others: readonly Manifest[];
  /** Whether it is restored and compared too. */
  readonly restore: boolean;
}

/**
 * Proves a backup: every byte against its checksum, a full read, and on request a restore in a
 * sandbox. What is found makes it suspect, so that `latest` passes over it; what is proved is
 * written into its manifest.
 */
export async function verify(
  context: Context,
  session: ServerSession,
  { backup, others, restore }: VerifyRequest,
): Promise<Verified> {
  const { clock } = context;
  const began = clock.now().getTime();
  const findings = [
    ...backup.state === "good" || backup.state === "suspect" ? [] : backup.problems,
  ];
  if (findings.length === 0) findings.push(...await checksums(context, backup, others));
  if (findings.length === 0) findings.push(...await wholeRead(context, session, backup));
  if (findings.length === 0 && restore) {
    findings.push(...await proveByRestore(context, session.server, backup));
  }
  const level = findings.length > 0 ? "none" : restore ? "restore" : "read";
  await writeDown(context, backup, level, findings);
  const tookMs = clock.now().getTime() - began;
  return { id: backup.id, folder: backup.folder, level, findings, tookMs };
}

async function checksums(
  { emit, signal }: Context,
  backup: Backup,
  others: readonly Manifest[],
): Promise<string[]> {
  emit({ type: "step", step: "checksum", text: `Comparing ${backup.id} with its checksums` });
  const expectedBytes = bytesToCheck(backup.manifest);
  const progress = (bytes: number) =>
    emit({ type: "progress", step: "checksum", bytes, expectedBytes });
  return (await checkBackup(backup, { others, signal, progress })).map(({ text }) => text);
}

async function wholeRead(
  { emit, signal }: Context,
  session: ServerSession,
  backup: Backup,
): Promise<string[]> {
  emit({ type: "step", step: "read", text: "Reading it as a restore would" });
  const { dump } = backup.manifest;
  const tell = (bytes: number) =>
    emit({ type: "progress", step: "read", bytes, expectedBytes: dump.bytes });
  try {
    await fullRead(session, readDump(dumpPath(backup), tell), dump, signal);
    return [];
  } catch (error) {
    if (error instanceof OakumError && error.outcome === "finding") return [error.message];
    throw error;
  }
}

/** A proof never becomes weaker by a weaker one; a finding takes it away. */
async function writeDown(
  { clock, runId: run }: Context,
  { id, folder: path, manifest }: Backup,
  level: Verified["level"],
  findings: readonly string[],
): Promise<void> {
  await using folder = await lockFolder(path, {
    run,
    command: `verify ${id}`,
    pid: Deno.pid,
    clock,
  });
  if (findings.length > 0) {
    await updateManifest(folder, id, {
      verified: { level: "none", at: null },
      suspect: [...new Set([...manifest.suspect, ...findings])],
    });
  } else if (!(manifest.verified.level === "restore" && level === "read")) {
    await updateManifest(folder, id, { verified: { level, at: rfc3339(clock.now()) } });
  }
}
