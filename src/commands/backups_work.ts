import { OakumError } from "../core/errors.ts";
import { listBackups, listStackBackups } from "../operations/list_backups.ts";
import type { BackupsReport } from "../reports/backups.ts";
import { showBackups } from "../terminal/views/backups.ts";
import type { BackupsOptions } from "./backups.ts";
import { isUnreachable, openClosed } from "./closed.ts";
import type { Result, Session } from "./session.ts";
import { openContext, openStand } from "./stand.ts";

/** `backups`. */
export async function backupsWork(session: Session, options: BackupsOptions): Promise<Result> {
  const report = await listed(session, options);
  return { report, text: (page) => showBackups(report, page) };
}

/** Files are there whatever the database does: they are wanted most when it is down. */
async function listed(session: Session, { all }: BackupsOptions): Promise<BackupsReport> {
  const named = session.settings.backups.dir.value;
  const now = session.clock.now();
  if (all && named !== undefined) return await listBackups(named, now);
  try {
    await using stand = await openStand(session, { changesState: false });
    return await listBackups(stand.dir, now, all ? undefined : stand.name);
  } catch (error) {
    session.signal.throwIfAborted();
    if (error instanceof OakumError && error.outcome === "docker" && named !== undefined) {
      tell(session, error, "the backups of everything in the folder");
      return await listBackups(named, now);
    }
    if (isUnreachable(session, error)) return await listedFromOutside(session, error, all);
    throw error;
  }
}

async function listedFromOutside(
  session: Session,
  error: OakumError,
  all: boolean,
): Promise<BackupsReport> {
  const now = session.clock.now();
  const { view, dir } = await openClosed(session, await openContext(session));
  if (dir === undefined) throw error;
  if (all) return await listBackups(dir, now);
  tell(session, error, "the backups of all its databases");
  return await listStackBackups(dir, now, view.stack.project);
}

function tell({ emit }: Session, { code, message, hint }: OakumError, instead: string): void {
  const text = `${message} These are ${instead}.`;
  emit({ type: "warning", code, text, ...(hint === undefined ? {} : { hint }) });
}
