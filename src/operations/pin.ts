import type { Backup } from "../backups/list.ts";
import { lockFolder } from "../backups/lock.ts";
import { updateManifest } from "../backups/manifest_file.ts";
import { rfc3339 } from "../core/time.ts";
import type { PinReport } from "../reports/backups.ts";
import type { Context } from "./context.ts";

/**
 * Keeps a backup whatever the policy says, and clears a suspicion: who pins it has looked at it.
 * With `note` null the pin is taken away.
 */
export async function pin(
  context: Pick<Context, "clock" | "runId">,
  backup: Backup,
  note: string | null,
): Promise<PinReport> {
  const { clock, runId: run } = context;
  const { id, folder: path } = backup;
  await using folder = await lockFolder(path, { run, command: `pin ${id}`, pid: Deno.pid, clock });
  const pinned = note === null ? null : { at: rfc3339(clock.now()), note };
  const cleared = pinned !== null && backup.manifest.suspect.length > 0;
  await updateManifest(folder, id, { pinned, ...(cleared ? { suspect: [] } : {}) });
  return { kind: "pin", id, folder: path, pinned, cleared };
}
