import { newestGood } from "../../backups/find.ts";
import { listTarget } from "../../backups/list.ts";
import { nearestFolder } from "../../backups/nearest_folder.ts";
import { freeSpace } from "../../backups/space.ts";
import { targetPath } from "../../backups/target_path.ts";
import { databaseBytes } from "../../postgres/facts.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { BackupPlan } from "../../reports/backup.ts";
import { type BackupRequest, formOf } from "../backup.ts";
import type { Context } from "../context.ts";
import { readServerFacts } from "./server_facts.ts";

/** What a backup would be; nothing is written, and no folder is made. */
export async function planBackup(
  { clock }: Pick<Context, "clock">,
  session: ServerSession,
  database: string,
  request: BackupRequest,
): Promise<BackupPlan> {
  const { dir, target, verify } = request;
  const sql = session.sql(database, { max: 1 });
  const { versionNum, pgDump } = await readServerFacts(session, sql);
  const folder = targetPath(dir, target);
  const previous = newestGood(await listTarget(dir, target), clock.now());
  return {
    kind: "backup-plan",
    target,
    folder,
    ...formOf(request, versionNum),
    pgDump,
    verify,
    databaseBytes: await databaseBytes(sql),
    previous: previous ? { id: previous.id, bytes: previous.manifest.dump.bytes } : null,
    freeBytes: await freeSpace(await nearestFolder(folder)),
  };
}
