import { OakumError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import type { SeenBackup } from "../sandbox/load_backup.ts";
import { outcomeOf, writeDown } from "../verify.ts";
import { compareCopy } from "../verify/prove_by_restore.ts";
import type { Copy } from "./copy.ts";

/** A rehearsal is no place to wait for somebody else's backup. */
const PATIENCE_MS = 10_000;

/** The copy is a restore of the backup: where that is not proved yet, it is by this one. */
export async function proveBackup(
  context: Context,
  copy: Copy,
  backup: SeenBackup,
): Promise<void> {
  if (backup.manifest.verified.level === "restore") return;
  const proof = await compareCopy(context, copy.session, backup, copy.database, copy.signal);
  const { findings, notProved } = proof;
  const imageId = copy.sandbox.access.container.Image;
  await writeDown(context, backup, { ...outcomeOf(proof, true), imageId, patienceMs: PATIENCE_MS });
  if (notProved) context.emit({ type: "warning", code: "not-proved", text: `${notProved}.` });
  if (findings.length === 0) return;
  throw new OakumError(
    "backup-differs",
    "finding",
    `The backup ${backup.id} does not restore to what it was taken of: ${findings.join(" ")}`,
    {
      hint:
        "Whatever changes with each restore is to be mended in the database itself; else a new " +
        "backup tells more: oakum backup --verify restore",
      data: { findings },
    },
  );
}

/** What says that the files themselves are others than were written; the rest may be the sandbox's. */
const DAMAGE = new Set(["dump-damaged", "globals-damaged"]);

/** Writes damage down that the load met, so that the next run takes another backup. */
export async function noteDamage(
  context: Context,
  backup: SeenBackup,
  error: unknown,
): Promise<void> {
  if (!(error instanceof OakumError) || !DAMAGE.has(error.code)) return;
  const findings = [error.message];
  const outcome = { level: "none", findings, imageId: "", patienceMs: PATIENCE_MS } as const;
  await writeDown(context, backup, outcome);
}
