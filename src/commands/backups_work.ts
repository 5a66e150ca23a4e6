import { listBackups } from "../operations/list_backups.ts";
import { showBackups } from "../terminal/views/backups.ts";
import type { BackupsOptions } from "./backups.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

/** `backups`. */
export async function backupsWork(session: Session, { all }: BackupsOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: false });
  const { name, dir } = stand;
  const report = await listBackups(dir, all ? undefined : name);
  return { report, text: (page) => showBackups(report, page) };
}
