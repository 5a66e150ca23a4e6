import { check } from "../operations/check.ts";
import { showCheck } from "../terminal/views/check.ts";
import type { CheckOptions } from "./check.ts";
import { openReached } from "./reach.ts";
import type { Result, Session } from "./session.ts";

/** `check`. */
export async function checkWork(session: Session, options: CheckOptions): Promise<Result> {
  await using reach = await openReached(session, { changesState: false, image: options.image });
  const { context, app, place, name } = reach;
  const request = { target: name, app: app.service };
  const report = await check(context, place, app.migrator, request);
  return {
    outcome: report.agrees ? "done" : "finding",
    report,
    text: (page) => showCheck(report, page),
  };
}
