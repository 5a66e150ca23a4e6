import { bytesToCheck, checkBackup } from "../backups/check.ts";
import { lookup } from "../backups/files.ts";
import { type Backup, dumpPath } from "../backups/list.ts";
import { lockFolderPatiently } from "../backups/lock.ts";
import type { Manifest } from "../backups/manifest.ts";
import { updateManifest } from "../backups/manifest_file.ts";
import { readOwnInPlace } from "../backups/read_dump.ts";
import { messageOf, OakumError } from "../core/errors.ts";
import { rfc3339 } from "../core/time.ts";
import { fullRead } from "../postgres/full_read.ts";
import type { ServerSession } from "../postgres/session.ts";
import type { Verified } from "../reports/verify.ts";
import type { Context } from "./context.ts";
import { type Proof, proveByRestore } from "./verify/prove_by_restore.ts";

/** Another run holds the folder for as long as its backup takes. */
const PATIENCE_MS = 60_000;

/** What is verified, and how far. */
export interface VerifyRequest {
  readonly backup: Backup;
  /** Manifests of the target's other backups, by whose hashes swapped files are recognised. */
  readonly others: readonly Manifest[];
  /** Whether it is restored and compared too. */
  readonly restore: boolean;
  /** How long another run is waited for that holds the folder, in milliseconds; a minute. */
  readonly patienceMs?: number;
}

/**
 * Proves a backup: every byte against its checksum, a full read, and on request a restore in a
 * sandbox. What is found makes it suspect, so that `latest` passes over it; what is proved is
 * written into its manifest.
 */
export async function verify(
  context: Context,
  session: ServerSession,
  { backup, others, restore, patienceMs = PATIENCE_MS }: VerifyRequest,
): Promise<Verified> {
  const { clock } = context;
  const began = clock.now().getTime();
  // What is checked must be what is restored: seen before both.
  const seen = await lookup(dumpPath(backup));
  const findings = [
    ...backup.state === "good" || backup.state === "suspect" ? [] : backup.problems,
  ];
  if (findings.length === 0) findings.push(...await checksums(context, backup, others));
  if (findings.length === 0) findings.push(...await wholeRead(context, session, backup));
  const proof = findings.length === 0 && restore
    ? await proveByRestore(context, session, { ...backup, seen })
    : { findings };
  const outcome = { ...outcomeOf(proof, restore), imageId: session.server.container.Image };
  await writeDown(context, backup, { ...outcome, patienceMs });
  const tookMs = clock.now().getTime() - began;
  const { imageId: _, ...verified } = outcome;
  return { id: backup.id, folder: backup.folder, ...verified, tookMs };
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
    await fullRead(session, readOwnInPlace(dumpPath(backup), tell), dump, signal);
    return [];
  } catch (error) {
    if (error instanceof OakumError && error.outcome === "finding") return [error.message];
    throw error;
  }
}

/** How far a backup is proved: to what was not restored, or not all of it, the level is `read`. */
export function outcomeOf(
  { findings, notProved }: Proof,
  restored: boolean,
): Pick<Verified, "level" | "findings" | "notProved"> {
  if (findings.length > 0) return { level: "none", findings };
  if (notProved !== undefined) return { level: "read", findings, notProved };
  return { level: restored ? "restore" : "read", findings };
}

/** What is to be written down, and how long another run is waited for. */
interface Outcome extends Pick<Verified, "level" | "findings" | "notProved"> {
  /** Content id of the image that it was restored in. */
  readonly imageId: string;
  readonly patienceMs: number;
}

/** Writes into a manifest what was found out; it must be heard, also where that cannot be done. */
export async function writeDown(
  context: Context,
  backup: Backup,
  outcome: Outcome,
): Promise<void> {
  try {
    await note(context, backup, outcome);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof OakumError)) throw error;
    const text = `What was found out is not in the manifest of ${backup.id}: ${messageOf(error)}`;
    const hint = error.hint ? { hint: error.hint } : {};
    context.emit({ type: "warning", code: "not-noted", text, ...hint });
  }
}

/** A proof never becomes weaker by a weaker one; a finding takes it away. */
async function note(
  { clock, emit, runId: run, signal }: Context,
  { id, folder: path }: Backup,
  { level, findings, notProved, imageId, patienceMs: waitMs }: Outcome,
): Promise<void> {
  const holder = { run, command: `verify ${id}`, pid: Deno.pid, clock };
  const onWait = (why: string) => emit({ type: "note", text: `${why} Waiting for it to end.` });
  await using folder = await lockFolderPatiently(path, holder, { waitMs, signal, onWait });
  await updateManifest(folder, id, ({ suspect, verified }) => {
    if (findings.length > 0) {
      return {
        verified: { level: "none", at: null },
        suspect: [...new Set([...suspect, ...findings])],
      };
    }
    const weaker = verified.level === "restore" && level === "read";
    const at = rfc3339(clock.now());
    if (weaker) return {};
    if (level === "restore") return { verified: { level, at, imageId } };
    // Nor does reading alone take away why there is none.
    const why = notProved ?? verified.notProved;
    return { verified: { level, at, ...why === undefined ? {} : { notProved: why } } };
  });
}
