import { history } from "../operations/history.ts";
import { isUnicode } from "../terminal/locale.ts";
import { showHistory } from "../terminal/views/history.ts";
import type { HistoryOptions } from "./history.ts";
import { openReach } from "./reach.ts";
import type { Result, Session } from "./session.ts";

/** `history`. */
export async function historyWork(session: Session, options: HistoryOptions): Promise<Result> {
  const { range = { from: undefined, to: undefined }, image } = options;
  await using reach = await openReach(session, { changesState: false, image });
  const { context, app, place } = reach;
  const report = await history(context, place, app.migrator, { app: app.service, range });
  const unicode = isUnicode(session.environment);
  return { report, text: (page) => showHistory(report, page, unicode) };
}
