import { OakumError } from "../../core/errors.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import type { Expectation, MigrationDatabase } from "../../migrators/migrator.ts";
import type { DataLoss, StepFailure } from "../../reports/rehearsal.ts";
import type { Fingerprint } from "../../postgres/fingerprint.ts";
import type { Context } from "../context.ts";
import { versionTableName, withoutVersionTable } from "../migrate/version_table.ts";
import type { Copy } from "./copy.ts";
import { dataLost } from "./data_loss.ts";
import { lostElsewhere } from "./lost_elsewhere.ts";
import { type MeasuredMove, measureMove, type MeasuringPlace } from "./measure.ts";
import type { CopyPicture } from "./picture.ts";
import type { RuleSettings } from "./rules/settings.ts";

/** What every step of a rehearsal is made with. */
export interface Walk {
  readonly context: Context;
  readonly copy: Copy;
  readonly expect: Expectation;
  readonly table: MigrationDatabase["versionTable"];
  readonly timeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly rules: RuleSettings;
  readonly allowed: ReadonlySet<string>;
  /** Before every revision the data is kept, also where its text does not seem to touch any. */
  readonly keepsData: boolean;
}

/** Keeps what a step is compared with. Where it touches no data, a second copy would be for nothing. */
export async function keepBefore({ copy, keepsData }: Walk, { revision }: Step): Promise<void> {
  await copy.keep({ data: keepsData || !revision.addsOnly });
}

/** Moves the copy over one revision and says how that went. */
export async function move(run: Walk, step: Step): Promise<MeasuredMove> {
  const moved = await measureMove(placeOf(run), step, run.copy.signal);
  return step.direction === "upgrade" && await standsAside(run, moved)
    ? await move(run, step)
    : moved;
}

/** On an empty copy a revision may make what the live server's roles brought along. */
async function standsAside(
  { copy }: Walk,
  { told, before, after }: MeasuredMove,
): Promise<boolean> {
  if (!told || before.fingerprint.sha256 !== after.fingerprint.sha256) return false;
  return await copy.madeFirst?.standAside(told) ?? false;
}

function placeOf(
  { context: { emit, runId }, copy, expect, table, timeoutMs, lockTimeoutMs }: Walk,
): MeasuringPlace {
  const { migrator } = copy;
  const connections = () => ({ sql: copy.sql(), reader: copy.reader() });
  return { connections, migrator, expect, table, emit, timeoutMs, lockTimeoutMs, runId };
}

/** What the revisions have made of a copy's schema. */
export function schemaOf({ table }: Walk, { fingerprint }: CopyPicture): Fingerprint {
  return withoutVersionTable(fingerprint, table);
}

/** What the copy lacks of what was kept before the step; in tables that were not touched, nothing. */
export async function lostSinceKept(
  { copy, table }: Pick<Walk, "copy" | "table">,
  tables: readonly string[] | "all",
): Promise<DataLoss[]> {
  const { signal, keptElsewhere: elsewhere } = copy;
  if (elsewhere && tables !== "all" && tables.length === 0) {
    return await lostElsewhere(elsewhere, copy.reader(), { kin: true, inTables: [], signal });
  }
  const what = { tables, kin: true, besides: versionTableName(table), signal };
  return await dataLost(copy.keptSql(), copy.sql(), what);
}

/** About how many rows each table of a picture has, by `schema.name`. */
export function rowsByTable({ relations, tables }: CopyPicture): Map<string, number> {
  const rows = new Map(tables.map((table) => [table.oid, Math.max(0, table.rows)]));
  const sums = new Map<number, number>();
  // A partitioned table has the rows of its partitions, and none of its own.
  for (const { oid, root, kind } of relations) {
    if (root === null || kind !== "r") continue;
    rows.set(root, (sums.get(root) ?? 0) + (rows.get(oid) ?? 0));
    sums.set(root, rows.get(root)!);
  }
  return new Map(
    relations.flatMap(({ oid, name }) => rows.has(oid) ? [[name, rows.get(oid)!] as const] : []),
  );
}

/** Moves the copy over revisions that are not looked at; throws where one does not go. */
export async function goStraight(run: Walk, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const { direction, revision: { id } } = step;
    const doing = direction === "upgrade" ? `Applying ${id}` : `Taking ${id} back`;
    run.context.emit({
      type: "step",
      step: "prepare",
      text: `${doing}, so as to rehearse after it`,
    });
    const { failure } = await move(run, step);
    if (failure) throw notThere(step, failure);
  }
}

function notThere({ direction, revision: { id } }: Step, failure: StepFailure): OakumError {
  const verb = direction === "upgrade" ? "applied" : "taken back";
  return new OakumError(
    "rehearsal-not-there",
    "failed",
    [`On the copy ${id} cannot be ${verb}: ${failure.message}`, ...failure.details].join("\n"),
    {
      hint: direction === "downgrade"
        ? "Rehearse on a backup from before it: oakum rehearse --from BACKUP"
        : "Mend that one first.",
      data: { revision: id, failure },
    },
  );
}
