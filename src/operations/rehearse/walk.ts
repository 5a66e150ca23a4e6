import type { Step } from "../../migrators/alembic/resolve.ts";
import {
  differenceHash,
  differenceText,
  type SchemaDifference,
  schemaDifferences,
} from "../../postgres/fingerprint.ts";
import type { DataLoss, RehearsedRevision } from "../../reports/rehearsal.ts";
import { reading } from "./compare_tables.ts";
import { NOT_TRIED, proveDowngrade } from "./downgrade.ts";
import { goneEmpty } from "./gone_empty.ts";
import type { MeasuredMove } from "./measure.ts";
import type { CopyPicture } from "./picture.ts";
import { judgeRevision } from "./rules/judge.ts";
import { asColumnLosses, goneColumns } from "./replaced_columns.ts";
import { changedTables, changesType, writtenTables } from "./touched.ts";
import { keepBefore, lostSinceKept, move, rowsByTable, schemaOf, type Walk } from "./walking.ts";

/**
 * Rehearses one revision after the other: up, measured; down, compared with what was there before;
 * and up again, so that the next one meets what production will have. Ends at the first upgrade that
 * fails.
 */
export async function walk(run: Walk, steps: readonly Step[]): Promise<RehearsedRevision[]> {
  const done: RehearsedRevision[] = [];
  for (const [at, step] of steps.entries()) {
    tell(run, step, at, steps.length);
    const rehearsed = await rehearseStep(run, step);
    done.push(rehearsed);
    if (rehearsed.failure) return [...done, ...steps.slice(at + 1).map(unreached)];
  }
  return done;
}

function unreached(step: Step): RehearsedRevision {
  return {
    ...named(step),
    ...{ upgrade: null, failure: null, changes: [], changeHashes: [], lost: [] },
    ...{ fingerprintBefore: null, fingerprintAfter: null },
    ...{ downgrade: NOT_TRIED, again: null, findings: [] },
  };
}

async function rehearseStep(run: Walk, step: Step): Promise<RehearsedRevision> {
  await keepBefore(run, step);
  const up = await move(run, step);
  const { before, after, failure, measured } = up;
  const differences = schemaDifferences(schemaOf(run, before), schemaOf(run, after));
  const lost = failure ? [] : await lostBy(run, up, differences);
  const gone = failure ? [] : goneEmpty(before, after, lost);
  const known = {
    ...named(step),
    upgrade: measured,
    failure,
    changes: differences.map(differenceText),
    changeHashes: differences.map(differenceHash),
    lost,
    ...gone.length > 0 ? { goneEmpty: gone } : {},
    fingerprintBefore: before.fingerprint.sha256,
    fingerprintAfter: failure ? null : after.fingerprint.sha256,
  };
  const back = failure
    ? { downgrade: NOT_TRIED, again: null, stuck: null }
    : await proveDowngrade(run, step, up, differences);
  const { stuck, ...proof } = back;
  const rehearsed = { ...known, failure: failure ?? stuck, ...proof, findings: [] };
  return judged(run, step, rehearsed, { before, after });
}

/** What a step took away; looked for where it touched something. */
async function lostBy(
  run: Walk,
  { before, after, measured }: MeasuredMove,
  differences: readonly SchemaDifference[],
): Promise<DataLoss[]> {
  const gone = goneColumns(before, after);
  const touched = new Set([
    ...writtenTables(measured),
    ...changedTables(differences),
    ...gone.map(({ table }) => table),
  ]);
  const tables = changesType(before, differences) ? "all" : [...touched];
  const lost = await lostSinceKept(run, tables);
  const { copy } = run;
  return await reading(copy.sql(), copy.signal, (sql) => asColumnLosses(sql, lost, gone, measured));
}

function judged(
  run: Walk,
  { revision }: Step,
  rehearsed: RehearsedRevision,
  { before, after }: { before: CopyPicture; after: CopyPicture },
): RehearsedRevision {
  const { rules: settings, allowed } = run;
  const context = { revision, settings, allowed, rows: rowsByTable(before) };
  const schemas = { before: schemaOf(run, before).rows, after: schemaOf(run, after).rows };
  return { ...rehearsed, findings: judgeRevision(rehearsed, { ...context, ...schemas }) };
}

function named({ revision: { id, doc, path, sha256 } }: Step) {
  return { revision: id, doc, file: path, sha256 };
}

function tell({ context: { emit } }: Walk, { revision }: Step, done: number, total: number): void {
  const text = `Rehearsing ${revision.id} ${revision.doc}`.trimEnd();
  emit({ type: "step", step: "rehearse", text });
  emit({ type: "progress", step: "rehearse", done, total, unit: "revisions" });
}
