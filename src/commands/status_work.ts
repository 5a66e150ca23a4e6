import type { Context } from "../operations/context.ts";
import { status } from "../operations/status.ts";
import { closedStatus } from "../operations/status_closed.ts";
import type { OakumError } from "../core/errors.ts";
import { openTarget } from "../targets/find.ts";
import { showStatus } from "../terminal/views/status.ts";
import { showClosedStatus } from "../terminal/views/status_closed.ts";
import { isUnreachable, openClosed } from "./closed.ts";
import type { Result, Session } from "./session.ts";
import { backupDir, openContext, openMigrator, standOn } from "./stand.ts";

/** `status`. */
export async function statusWork(session: Session): Promise<Result> {
  const context = await openContext(session);
  try {
    return await openStatus(session, context);
  } catch (error) {
    session.signal.throwIfAborted();
    if (!isUnreachable(session, error)) throw error;
    return await statusFromOutside(session, context, error);
  }
}

async function openStatus(session: Session, context: Context): Promise<Result> {
  const { settings } = session;
  await using opened = await openTarget(context, {
    settings,
    changesState: false,
    needsApp: false,
  });
  const dir = await backupDir(session, opened.target);
  const stand = standOn(context, opened, dir);
  await using cleanup = new AsyncDisposableStack();
  const open = async () => {
    const running = { image: { kind: "running" } } as const;
    return cleanup.use(await openMigrator(session, stand, running)).migrator;
  };
  const openIt = opened.target.app ? open : undefined;
  const report = await status(context, { opened, name: stand.name, dir, openMigrator: openIt });
  return { report, text: (page) => showStatus(report, page) };
}

/** Ends with the error's own code, as every other command does that needs the database. */
async function statusFromOutside(
  session: Session,
  context: Context,
  error: OakumError,
): Promise<Result> {
  const { view, dir } = await openClosed(session, context);
  const report = await closedStatus(view, error, dir);
  return { outcome: error.outcome, report, text: (page) => showClosedStatus(report, page) };
}
