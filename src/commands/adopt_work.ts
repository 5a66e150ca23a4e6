import { adopt } from "../operations/adopt.ts";
import type { Adopted, AdoptReport } from "../reports/adopt.ts";
import { showAdopted } from "../terminal/views/adopt.ts";
import type { AdoptOptions } from "./adopt.ts";
import { refuseNotYet } from "./not_yet.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

/** `adopt`. */
export async function adoptWork(
  session: Session,
  { files, note, dryRun }: AdoptOptions,
): Promise<Result> {
  refuseNotYet({ "--dry-run": dryRun });
  await using stand = await openStand(session, { changesState: false });
  const { context, target: { database }, server: live, name: target, dir } = stand;
  const adopted: Adopted[] = [];
  for (const file of files) {
    const path = session.path(file);
    adopted.push(await adopt(context, { path, dir, target, database, live, note }));
  }
  const report: AdoptReport = { kind: "adopt", adopted };
  return { report, text: (page) => showAdopted(report, page) };
}
