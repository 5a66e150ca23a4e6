import { merge } from "../operations/merge.ts";
import type { Reached, Unreachable } from "../operations/migrate/standing.ts";
import { makeRevision } from "../operations/revision.ts";
import { sudoPerson } from "../operations/revision_file/owner.ts";
import type { Place } from "../operations/revision_file/place.ts";
import { showRevisionFile } from "../terminal/views/revision_file.ts";
import type { MergeOptions } from "./merge.ts";
import { openReach, type Reach } from "./reach.ts";
import type { RevisionOptions } from "./revision.ts";
import type { Result, Session } from "./session.ts";

const WISH = { changesState: true, image: { kind: "running" } } as const;

/** `revision`. */
export async function revisionWork(session: Session, options: RevisionOptions): Promise<Result> {
  const { dryRun, ...order } = options;
  await using reach = await openReach(session, WISH);
  const { context, app, place } = reach;
  const where = await placeOf(session, reach, dryRun);
  const report = await makeRevision(context, place, app, { ...where, order });
  return { report, text: (page) => showRevisionFile(report, page) };
}

/** `merge`. */
export async function mergeWork(session: Session, options: MergeOptions): Promise<Result> {
  const { dryRun, ...order } = options;
  await using reach = await openReach(session, WISH);
  const where = await placeOf(session, reach, dryRun);
  const report = await merge(reach.context, reach.app, { ...where, order });
  return { report, text: (page) => showRevisionFile(report, page) };
}

async function placeOf(
  { directory, environment }: Session,
  { app, workingDir }: Pick<Reach<Reached | Unreachable>, "app" | "workingDir">,
  dryRun: boolean,
): Promise<Place> {
  const isHere = workingDir !== undefined &&
    await Deno.stat(workingDir).then((found) => found.isDirectory, () => false);
  return {
    app: app.service,
    root: isHere ? workingDir : directory,
    person: sudoPerson(environment),
    dryRun,
  };
}
