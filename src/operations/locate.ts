import { join } from "node:path";
import { readJournal } from "../backups/journal_read.ts";
import { JOURNAL } from "../backups/names.ts";
import { targetPath } from "../backups/target_path.ts";
import type { RevisionGraph } from "../migrators/alembic/revisions.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Location } from "../reports/doctor.ts";
import type { Context } from "./context.ts";
import { compareWith, type Comparison, type Likeness, unlikeText } from "./locate/compare.ts";
import { alikePlaces, mayBeAlike } from "./locate/alike.ts";
import { type Replay, replay } from "./locate/replay.ts";
import { verdictOn, worthNaming } from "./locate/verdict.ts";
import { headsText, sameHeads } from "./migrate/picture.ts";
import { type BothSides, readBoth } from "./migrate/read_both.ts";
import { hasTablesWithoutVersion } from "./migrate/version_table.ts";
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
 * Says which revision a schema is that of, whatever the version table says. Where the journal knows
 * exactly this schema at what the version table says, that is the answer; else all revisions are replayed
 * in a sandbox, since others may look alike. The database itself is only read.
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
  if (known.some((heads) => sameHeads(heads, sides.heads))) return inStep(sides);
  emit({ type: "step", step: "replay", text: "Replaying all revisions on an empty copy" });
  await using copy = await openCopy(context, {
    ...{ source: { kind: "empty" }, real: place },
    ...{ app: request.app, memory: request.memory, services: [] },
  });
  const replayed = await copy.use(() => replay(context, copy, place, request.timeoutMs));
  const { picture, state } = sides;
  const comparison = compareWith(picture.fingerprint, replayed.states, state.versionTable);
  return found(sides, { ...replayed, ...comparison, known });
}

/** The heads at which a migration left exactly this schema, as far as the scripts have them. */
async function fromJournal(
  { project: { graph }, picture }: BothSides,
  { dir, target }: JournalOf,
): Promise<readonly (readonly string[])[]> {
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  return headsRemembered(entries, picture.fingerprint.sha256)
    .filter((heads) => heads.every((id) => graph.has(id)));
}

function inStep({ project: { graph }, heads }: BothSides): Location {
  return {
    ...{ by: "journal", current: heads, verdict: "in-step", stamps: [] },
    ...{ besides: [], failures: [], left: [], made: [], tablesWithoutVersion: false },
    candidates: [described(graph, heads, undefined)],
  };
}

/** What the replay showed, and what the journal remembers. */
interface Seen extends Replay, Comparison {
  /** Newest first. */
  readonly known: readonly (readonly string[])[];
}

function found({ project: { graph }, heads, picture, state }: BothSides, seen: Seen): Location {
  const { failures, left, made, likenesses, besides, silent, known } = seen;
  const least = known.length > 0 ? 0 : likenesses[0]?.distance ?? 0;
  const near = likenesses.filter(({ distance }) => distance === least);
  const alike = alikePlaces(graph, [...known, ...near.map((one) => one.heads)], silent);
  const named = worthNaming(graph, heads, unique(alike));
  const equal = least > 0
    ? "nearest"
    : besides.length === 0 || known.length > 0
    ? "equal"
    : "besides";
  // What was not replayed may have made what is there besides.
  const how = equal === "besides" && left.length > 0 ? "nearest" : equal;
  const verdict = verdictOn(graph, heads, { found: named, how, left });
  const open = { silent, unknown: new Set(left) };
  const itself = verdict.verdict === "not-known" && how === "equal" &&
    mayBeAlike(graph, heads, named, open);
  return {
    ...{
      by: known.length > 0 ? "journal" : "replay",
      current: heads,
      failures,
      left,
      made,
      ...verdict,
    },
    candidates: [...named, ...itself ? [heads] : []].map((one) =>
      described(graph, one, near.find((like) => sameHeads(like.heads, one)) ?? near[0])
    ),
    besides: besides.map(({ kind, ident }) => `${kind} ${ident}`),
    tablesWithoutVersion: hasTablesWithoutVersion(heads, picture.fingerprint, state.versionTable),
  };
}

function unique(places: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return places.filter((one, at) => places.findIndex((other) => sameHeads(one, other)) === at);
}

function described(graph: RevisionGraph, heads: readonly string[], like: Likeness | undefined) {
  const { differences = [], reordered = [] } = like ?? {};
  const docs = heads.map((id) => graph.get(id).doc);
  return {
    heads,
    text: docs.length === 1 && docs[0] ? `${heads[0]} (${docs[0]})` : headsText(heads),
    differences: differences.map(unlikeText),
    sameObjects: differences.every(({ before, after }) =>
      before !== undefined && after !== undefined
    ),
    reordered,
  };
}
