import { heads } from "../operations/heads.ts";
import { showHeads } from "../terminal/views/current.ts";
import type { HeadsOptions } from "./heads.ts";
import { openReach } from "./reach.ts";
import type { Result, Session } from "./session.ts";

/** `heads`. */
export async function headsWork(session: Session, options: HeadsOptions): Promise<Result> {
  const { resolveDependencies, image } = options;
  await using reach = await openReach(session, { changesState: false, image });
  const { context, app } = reach;
  const request = { app: app.service, resolveDependencies };
  const report = await heads(context, app.migrator, request);
  return { report, text: (page) => showHeads(report, page) };
}
