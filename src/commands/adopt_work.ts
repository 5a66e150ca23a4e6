import type { Outcome } from "../core/errors.ts";
import { adoptAll } from "../operations/adopt_all.ts";
import type { AdoptReport } from "../reports/adopt.ts";
import { showAdopted } from "../terminal/views/adopt.ts";
import type { AdoptOptions } from "./adopt.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

/** `adopt`. */
export async function adoptWork(
  session: Session,
  { files, note, fromDatabase, dryRun }: AdoptOptions,
): Promise<Result> {
  await using stand = await openStand(session, { changesState: false });
  const { context, target: { database }, server: live, name: target, dir } = stand;
  const paths = files.map((file) => session.path(file));
  const what = { paths, dir, target, database, live, note, fromDatabase, dryRun };
  const report = await adoptAll(context, what);
  return { outcome: outcomeOf(report), report, text: (page) => showAdopted(report, page) };
}

function outcomeOf({ adopted, planned, failed }: AdoptReport): Outcome {
  if (failed.length === 0) return "done";
  return adopted.length + planned.length > 0 ? "partial" : "failed";
}
