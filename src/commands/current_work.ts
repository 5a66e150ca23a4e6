import { current } from "../operations/current.ts";
import { showCurrent } from "../terminal/views/current.ts";
import type { CurrentOptions } from "./current.ts";
import { openReached } from "./reach.ts";
import type { Result, Session } from "./session.ts";

/** `current`. */
export async function currentWork(session: Session, options: CurrentOptions): Promise<Result> {
  await using reach = await openReached(session, { changesState: false, image: options.image });
  const { context, app, place, name } = reach;
  const request = { target: name, app: app.service };
  const report = await current(context, place, app.migrator, request);
  const atHeads = report.databases.every((database) => database.atHeads);
  return {
    outcome: options.checkHeads && !atHeads ? "finding" : "done",
    report,
    text: (page) => showCurrent(report, page),
  };
}
