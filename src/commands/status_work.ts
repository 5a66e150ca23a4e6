import type { Context } from "../operations/context.ts";
import { status } from "../operations/status.ts";
import { closedStatus } from "../operations/status_closed.ts";
import type { OakumError } from "../core/errors.ts";
import { openTarget } from "../targets/find.ts";
import { showStatus } from "../terminal/views/status.ts";
import { showClosedStatus } from "../terminal/views/status_closed.ts";
import { isUnreachable, openClosed } from "./closed.ts";
import { EarlyRead } from "./early_read.ts";
import type { Result, Session } from "./session.ts";
import { backupDir, openContext, standOn } from "./stand.ts";

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
  await using early = new EarlyRead(session, context);
  const wish = { settings, changesState: false, needsApp: false };
  await using opened = await openTarget(context, wish, (app) => early.begin(app));
  const { app } = opened.target;
  const dir = await backupDir(session, opened.target);
  const stand = standOn(context, opened, dir);
  const readRevisions = app &&
    ((more: { readonly database: boolean } = { database: false }) => early.of(app, more));
  const report = await status(context, { opened, name: stand.name, dir, readRevisions });
  return { report, text: (page) => showStatus(report, page) };
}

/** Ends with the error's own code, as every other command does that needs the database. */
async function statusFromOutside(
  session: Session,
  context: Context,
  error: OakumError,
): Promise<Result> {
  const { view, dir } = await openClosed(session, context);
  const report = await closedStatus(view, error, dir, session.clock.now());
  return { outcome: error.outcome, report, text: (page) => showClosedStatus(report, page) };
}
