import type { TableRows } from "../../backups/manifest.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import {
  type Fingerprint,
  type SchemaDifference,
  schemaDifferences,
} from "../../postgres/fingerprint.ts";
import type {
  DowngradeVerdict,
  RehearsedDowngrade,
  RehearsedRevision,
  StepFailure,
} from "../../reports/rehearsal.ts";
import { countFilled, filledTables, logTables, otherCounts } from "./row_counts.ts";
import { versionTableName } from "../migrate/version_table.ts";
import { differenceTexts, isOrderOnly } from "./difference_texts.ts";
import { qualified } from "./match_tables.ts";
import type { MeasuredMove } from "./measure.ts";
import { goneColumns } from "./replaced_columns.ts";
import { changedTables, changesType, writtenTables } from "./touched.ts";
import { lostSinceKept, move, rowsByTable, schemaOf, type Walk } from "./walking.ts";

/** The downgrade of a revision whose upgrade failed. */
export const NOT_TRIED: RehearsedDowngrade = {
  verdict: "not-tried",
  measured: null,
  failure: null,
  differences: [],
  lost: [],
};

/** What comes of taking a revision back, and of applying it once more. */
interface Proof extends Pick<RehearsedRevision, "downgrade" | "again"> {
  /** Why nothing can be rehearsed after it: the copy is not what production will have. */
  readonly stuck: StepFailure | null;
}

/**
 * Takes the revision back and compares with what was kept before it, then applies it once more. The
 * copy ends as the upgrade left it, and with all its data: where the way there and back lost
 * something, it is made anew from what was kept.
 */
export async function proveDowngrade(
  run: Walk,
  step: Step,
  up: MeasuredMove,
  upDifferences: readonly SchemaDifference[],
): Promise<Proof> {
  const { revision: { id, downgrade: kind } } = step;
  if (kind === "missing" || kind === "raises") {
    return {
      downgrade: { ...NOT_TRIED, verdict: "none", failure: refusal(step) },
      again: null,
      stuck: null,
    };
  }
  const { copy } = run;
  const filled = await countFilled(
    copy.sql(),
    filledTables(up),
    versionTableName(run.table),
    copy.signal,
  );
  run.context.emit({ type: "step", step: "take-back", text: `Taking ${id} back` });
  const down = await move(run, inverse(step));
  const downgrade = await judgeBack(run, up, down, upDifferences);
  const logs = new Set(logTables(up, down));
  const counted = filled.filter((table) => !logs.has(qualified(table)));
  const again = down.failure ? null : await upAgain(run, step, up, counted);
  const sound = ["lossless", "cosmetic"].includes(downgrade.verdict) && again?.same;
  const stuck = sound ? null : await rebuild(run, step);
  return { downgrade, again, stuck };
}

function inverse({ revision, headsBefore, headsAfter }: Step): Step {
  return { direction: "downgrade", revision, headsBefore: headsAfter, headsAfter: headsBefore };
}

async function judgeBack(
  run: Walk,
  up: MeasuredMove,
  down: MeasuredMove,
  upDifferences: readonly SchemaDifference[],
): Promise<RehearsedDowngrade> {
  const { measured, failure } = down;
  if (failure) return { verdict: "fails", measured, failure, differences: [], lost: [] };
  const [first, above, back] = [up.before, up.after, down.after].map((one) => schemaOf(run, one));
  const rest = schemaDifferences(first!, back!);
  const changed = [...upDifferences, ...rest];
  const tables = changesType(up.before, changed) ? "all" : tablesTouched({ up, down }, [
    ...changed,
    // What the upgrade added held nothing before it.
    ...schemaDifferences(above!, back!).filter(isAmong(first!)),
  ]);
  const lost = await lostSinceKept(run, tables);
  const verdict = verdictOf(rest, lost.length > 0);
  return { verdict, measured, failure, differences: differenceTexts(rest), lost };
}

/** Tables of before the upgrade that it or the downgrade touched. */
function tablesTouched(
  { up, down }: { readonly up: MeasuredMove; readonly down: MeasuredMove },
  differences: readonly SchemaDifference[],
): string[] {
  const there = rowsByTable(up.before);
  const touched = new Set([
    ...[up, down].flatMap(({ measured }) => writtenTables(measured)),
    ...changedTables(differences),
    ...goneColumns(up.before, down.after).map(({ table }) => table),
  ]);
  return [...touched].filter((table) => there.has(table));
}

function isAmong({ rows }: Fingerprint): (difference: SchemaDifference) => boolean {
  const known = new Set(rows.map(([kind, ident]) => `${kind} ${ident}`));
  return ({ kind, ident }) => known.has(`${kind} ${ident}`);
}

function verdictOf(rest: readonly SchemaDifference[], lossy: boolean): DowngradeVerdict {
  if (lossy) return "lossy";
  if (rest.length === 0) return "lossless";
  return rest.every(isOrderOnly) ? "cosmetic" : "differs";
}

async function upAgain(
  run: Walk,
  step: Step,
  up: MeasuredMove,
  filled: readonly TableRows[],
): Promise<NonNullable<RehearsedRevision["again"]>> {
  run.context.emit({ type: "step", step: "again", text: `Applying ${step.revision.id} again` });
  const { after, failure } = await move(run, step);
  if (failure) return { same: false, failure: await withRolesLeft(run, failure), differences: [] };
  const differences = await otherCounts(run.copy.sql(), filled, run.copy.signal);
  const same = isSame(up.after.fingerprint, after.fingerprint) && differences.length === 0;
  return { same, failure, differences };
}

/** A role belongs to the server: whoever looks at the schema alone does not see what is left. */
async function withRolesLeft({ copy }: Walk, failure: StepFailure): Promise<StepFailure> {
  const left = await copy.newRoles();
  const lines = left.map((name) => `role ${name} exists already: the downgrade leaves it`);
  return { ...failure, message: [failure.message, ...lines].join("; ") };
}

function isSame(one: Fingerprint, other: Fingerprint): boolean {
  return one.sha256 === other.sha256 || schemaDifferences(one, other).every(isOrderOnly);
}

/** From what was kept, with all its data: what comes next must not be judged on what is left. */
async function rebuild(run: Walk, step: Step): Promise<StepFailure | null> {
  const { emit } = run.context;
  emit({ type: "step", step: "rebuild", text: "Making the copy anew from what was before it" });
  await run.copy.goBack();
  // Counting began anew: what earlier revisions wrote would be told by numbers from before them.
  await run.copy.sql()`analyze`;
  const { failure } = await move(run, step);
  return failure && goesOnce(step, failure);
}

/** It went once on this very data: what it made elsewhere stays, whatever becomes of the copy. */
function goesOnce({ revision: { id } }: Step, failure: StepFailure): StepFailure {
  return {
    ...failure,
    message: `${id} was applied once, and fails on the same data again: ${failure.message}`,
    details: [
      ...failure.details,
      "What it makes outside of its database stays there. Let it look whether that is there " +
      "already, and let its downgrade() take it away.",
    ],
  };
}

function refusal({ revision: { path, downgrade } }: Step): StepFailure {
  const missing = downgrade === "missing";
  return {
    kind: missing ? "missing" : "raises",
    message: missing ? "There is no downgrade()." : "Its downgrade() refuses.",
    details: [],
    file: path,
    line: null,
  };
}
