import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { stampedHeads } from "../migrators/alembic/stamp.ts";
import type { RevisionGraph } from "../migrators/alembic/revisions.ts";
import type { Migrator } from "../migrators/migrator.ts";
import { TargetLock } from "../postgres/locks.ts";
import type { StampPlan, StampReport } from "../reports/migration.ts";
import type { Context } from "./context.ts";
import { openJournal } from "./open_journal.ts";
import { headsText, sameHeads, takePicture } from "./migrate/picture.ts";
import { readBoth } from "./migrate/read_both.ts";
import type { Reached } from "./migrate/standing.ts";
import { movedMeanwhile, untouched } from "./migrate/trouble.ts";
import { nameOf } from "./revisions/describe.ts";
import { schemaWarnings } from "./stamp/remembered.ts";
import { writeStamp } from "./stamp/write.ts";

/** What a stamp is asked to be. */
export interface StampRequest {
  readonly target: TargetName;
  /** The app's service, for sentences. */
  readonly app: string;
  /** As typed. */
  readonly revisions: readonly string[];
  /** Whether everything gives way, also what the scripts do not have. */
  readonly purge: boolean;
  readonly dir: string;
  readonly lockTimeoutMs: number;
  readonly dryRun: boolean;
}

/**
 * Writes into the version table that the database is at a revision, and runs nothing: plan, ask,
 * lock, journal, one exact move, a second look from another connection. No backup is taken, since
 * the old heads are in the journal and in the report.
 */
export async function stamp(
  ...run: Parameters<typeof planAndStamp>
): Promise<StampPlan | StampReport> {
  try {
    return await planAndStamp(...run);
  } catch (error) {
    // What fails once the move has begun says itself what the version table holds.
    throw error instanceof OakumError ? untouched(error) : error;
  }
}

async function planAndStamp(
  context: Context,
  place: Reached,
  migrator: Migrator,
  request: StampRequest,
): Promise<StampPlan | StampReport> {
  const { emit, signal, clock } = context;
  const { database } = place;
  emit({ type: "step", step: "plan", text: `Reading the revisions of ${request.app}` });
  // What is begun is seen to its end, also after Ctrl-C.
  await using session = place.session.shielded();
  const sql = session.sql(database.name, { max: 3 });
  const { project, state, expect, heads } = await readBoth(sql, database, migrator, signal);
  const to = stampedHeads(project.graph, request.revisions, heads, request.purge);
  if (sameHeads(heads, to)) throw nothingToStamp(heads);
  const before = await takePicture(sql, state.versionTable);
  const remembered = await schemaWarnings(request.dir, request.target, to, before.fingerprint);
  const plan = planStamp(project.graph, heads, to, request, remembered);
  if (request.dryRun) return plan;
  const journal = await openJournal(context, request);
  await confirm(context, plan);

  await using _lock = await TargetLock.take(session, database.name, { clock, signal });
  const held = await takePicture(sql, state.versionTable);
  if (!sameHeads(held.heads, heads)) throw movedMeanwhile(heads, held.heads);
  await writeStamp(context, {
    ...{ from: heads, to, purge: request.purge, journal },
    sight: { database, table: state.versionTable },
    moving: { migrator, sql, expect, lockTimeoutMs: request.lockTimeoutMs },
  });
  return { ...plan, kind: "stamp", warnings: [...plan.warnings, ...journal.unwritten] };
}

function planStamp(
  graph: RevisionGraph,
  from: readonly string[],
  to: readonly string[],
  { target, app }: StampRequest,
  remembered: readonly string[],
): StampPlan {
  const unknown = from.filter((id) => !graph.has(id));
  const before = graph.ancestors(from.filter((id) => graph.has(id)), "all");
  const after = graph.ancestors(to, "all");
  const names = (ids: ReadonlySet<string>) => graph.inOrder(ids).map((id) => nameOf(graph, id));
  const gone = `The scripts do not have ${unknown.join(", ")}: nobody knows what it changed.`;
  return {
    kind: "stamp-plan",
    ...{ target, app, from, to },
    gained: names(after.difference(before)),
    lost: names(before.difference(after)),
    unknown,
    warnings: [...(unknown.length > 0 ? [gone] : []), ...remembered],
  };
}

async function confirm({ ask }: Context, plan: StampPlan): Promise<void> {
  const { target, from, to, gained, lost, warnings } = plan;
  const named = ({ id, doc }: { id: string; doc: string | null }) => `${id}  ${doc ?? ""}`.trim();
  await ask.confirm({
    text: `Stamp "${target.database}" of ${target.project} from ${headsText(from)} to ${
      headsText(to)
    }?`,
    details: [
      ...gained.map((one) => `counts as applied, and is not run: ${named(one)}`),
      ...lost.map((one) => `counts as not applied, and is not undone: ${named(one)}`),
      "Only the version table changes. No backup is taken.",
      ...warnings,
    ],
  });
}

function nothingToStamp(heads: readonly string[]): OakumError {
  return new OakumError(
    "nothing-to-stamp",
    "refused",
    `There is nothing to stamp: the database is at ${headsText(heads)} already.`,
    { data: { heads } },
  );
}
