import { join } from "node:path";
import { readJournal } from "../backups/journal_read.ts";
import { JOURNAL } from "../backups/names.ts";
import { targetPath } from "../backups/target_path.ts";
import type { RevisionGraph } from "../migrators/alembic/revisions.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Location } from "../reports/doctor.ts";
import type { Context } from "./context.ts";
import { compareWith, type Comparison, unlikeText } from "./locate/compare.ts";
import { type Replay, replay } from "./locate/replay.ts";
import { verdictOn, worthNaming } from "./locate/verdict.ts";
import { headsText } from "./migrate/picture.ts";
import { type BothSides, readBoth } from "./migrate/read_both.ts";
import type { Reached } from "./migrate/standing.ts";
import { type CopyRequest, openCopy } from "./rehearse/open_copy.ts";
import type { JournalOf } from "./revisions/edited.ts";
import { headsRemembered } from "./stamp/remembered.ts";

/** What finding out the place of a schema takes. */
export interface LocateRequest {
  readonly journal: JournalOf;
  /** How the app is cloned beside an empty copy of the database. */
  readonly app: CopyRequest["app"];
  /** Bytes that the copy's server may use. */
  readonly memory: number | undefined;
  /** Milliseconds that one revision may take. */
  readonly timeoutMs: number;
}

/**
 * Says which revision a schema is that of, whatever the version table says: the one at which the
 * journal knows exactly this schema, else the one that is nearest when all of them are replayed in a
 * sandbox. The database itself is only read.
 */
export async function locate(
  context: Context,
  place: Reached,
  migrator: Migrator,
  request: LocateRequest,
): Promise<Location> {
  const { emit, signal } = context;
  const { session, database } = place;
  emit({ type: "step", step: "locate", text: "Looking for the revision that the schema is of" });
  const sql = session.sql(database.name, { max: 2 });
  const sides = await readBoth(sql, database, migrator, signal);
  const known = await fromJournal(sides, request.journal);
  if (known) return known;
  emit({ type: "step", step: "replay", text: "Replaying all revisions on an empty copy" });
  await using copy = await openCopy(context, {
    ...{ source: { kind: "empty" }, real: place },
    ...{ app: request.app, memory: request.memory, services: [] },
  });
  const { service } = database;
  const replayed = await copy.use(() => replay(context, copy, service, request.timeoutMs));
  const { picture, state } = sides;
  const comparison = compareWith(picture.fingerprint, replayed.states, state.versionTable);
  return fromReplay(sides, replayed, comparison);
}

/** The heads at which a migration left exactly this schema, as far as the scripts have them. */
async function fromJournal(
  { project: { graph }, heads, picture }: BothSides,
  { dir, target }: JournalOf,
): Promise<Location | undefined> {
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  const known = headsRemembered(entries, picture.fingerprint.sha256)
    .filter((heads) => heads.every((id) => graph.has(id)));
  const found = worthNaming(graph, heads, known);
  if (found.length === 0) return undefined;
  return {
    ...{ by: "journal", current: heads, besides: [], failures: [], left: [] },
    ...verdictOn(graph, heads, found, "equal"),
    candidates: found.map((heads) => ({ ...described(graph, heads), differences: [] })),
  };
}

function fromReplay(
  { project: { graph }, heads }: BothSides,
  { failures, left }: Replay,
  { likenesses, besides }: Comparison,
): Location {
  const least = likenesses[0]?.differences.length ?? 0;
  const near = likenesses.filter(({ differences }) => differences.length === least);
  const named = worthNaming(graph, heads, near.map((one) => one.heads));
  const best = near.filter((one) => named.includes(one.heads));
  const equal = least > 0 ? "nearest" : besides.length === 0 ? "equal" : "besides";
  // What was not replayed may have made what is there besides.
  const how = equal === "besides" && left.length > 0 ? "nearest" : equal;
  return {
    ...{ by: "replay", current: heads, failures, left },
    ...verdictOn(graph, heads, best.map((one) => one.heads), how),
    // The one that it really is may be among those that nobody could look at.
    ...how === "nearest" && left.length > 0 ? { stamps: [] } : {},
    candidates: best.map(({ heads, differences }) => ({
      ...described(graph, heads),
      differences: differences.map(unlikeText),
    })),
    besides: besides.map(({ kind, ident }) => `${kind} ${ident}`),
  };
}

function described(graph: RevisionGraph, heads: readonly string[]) {
  const docs = heads.map((id) => graph.get(id).doc);
  return {
    heads,
    text: docs.length === 1 && docs[0] ? `${heads[0]} (${docs[0]})` : headsText(heads),
  };
}
