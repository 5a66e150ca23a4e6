import type { OnFailure } from "../../../config/levels.ts";
import { messageOf, OakumError } from "../../../core/errors.ts";
import { type Step, undoing } from "../../../migrators/alembic/resolve.ts";
import { differenceText, schemaDifferences } from "../../../postgres/fingerprint.ts";
import { tableOf, writtenTables } from "../../rehearse/touched.ts";
import { usedRows } from "./used_rows.ts";
import { withoutVersionTable } from "../version_table.ts";
import type { RehearsalReport } from "../../../reports/rehearsal.ts";
import { type Run, type Stopped, tryToAdvance } from "../advance.ts";
import { headsText, type Picture, takePicture } from "../picture.ts";
import { upgradeTo } from "./again.ts";
import { othersWrote, restoreBack, type RestoringBack } from "./restore_back.ts";

/** How an upgrade that failed is taken back. */
export interface GoingBack extends RestoringBack {
  readonly way: OnFailure;
  readonly run: Run;
  /** The steps of the upgrade, in order. */
  readonly steps: readonly Step[];
  readonly rehearsal: RehearsalReport | undefined;
}

/**
 * What is thrown where an upgrade failed: as it is told to, what it did is taken back first. It is
 * only where nobody pressed Ctrl-C and something was changed.
 */
export async function goneBack(stopped: Stopped, going: GoingBack): Promise<OakumError> {
  const { error } = stopped;
  const { way, run } = going;
  if (way === "stop" || error.outcome !== "changed" || run.context.signal.aborted) return error;
  try {
    return way === "downgrade"
      ? await undone(stopped, going)
      : tookBack(stopped, await restoreBack(going));
  } catch (why) {
    return stayed(error, way, why);
  }
}

/** The steps that this run has applied, newest first, as the steps that undo them. */
function wayDown(steps: readonly Step[], { stop }: Stopped): readonly Step[] {
  const applied = new Set(
    stop.steps.filter(({ state }) => state === "applied").map(({ revision }) => revision),
  );
  return undoing(steps.filter(({ revision: { id } }) => applied.has(id)));
}

async function undone(stopped: Stopped, going: GoingBack): Promise<OakumError> {
  const { run, rehearsal, steps } = going;
  const back = wayDown(steps, stopped);
  requireStill(stopped);
  requireLossless(back, rehearsal);
  await requireOwnAlone(going);
  run.context.emit({ type: "note", text: `${stopped.error.message.split("\n")[0]} Going back` });
  const now = await takePicture(run.applying.sql, run.sight.table);
  const { said: _said, rehearsed: _rehearsed, ...means } = run;
  const goal = { typed: run.before.heads[0] ?? "base", heads: run.before.heads };
  const { stopped: again } = await tryToAdvance({ ...means, goal, before: now }, back);
  if (again) return halfWay(stopped.error, again.error);
  const ended = await takePicture(run.applying.sql, run.sight.table);
  const undone = `Undone again: ${back.map(({ revision: { id } }) => id).join(", ")}.`;
  const left = leftBehind(run, ended);
  if (left.length === 0) {
    const stands = `The database is as it was, at ${headsText(run.before.heads)}.`;
    return tookBack(stopped, [undone, stands]);
  }
  const lines = [undone, "But the schema is not as it was:", ...left.map((line) => `  ${line}`)];
  return wentAstray(stopped.error, lines, "Look at it, and mend it by hand: oakum psql");
}

/** Only where the step that failed has left nothing is the way down the one that was rehearsed. */
function requireStill({ stop: { end }, error }: Stopped): void {
  const still = error.code !== "not-as-rehearsed" && (!end.begun || end.verdict === "as-before");
  if (still) return;
  throw new Error("what the last step left in the database is not what was rehearsed");
}

function requireLossless(
  back: readonly Step[],
  rehearsal: RehearsalReport | undefined,
): void {
  if (!rehearsal) throw new Error("without a rehearsal no downgrade is proved");
  for (const { revision: { id } } of back) {
    const known = rehearsal.revisions.find(({ revision }) => revision === id);
    const verdict = known?.downgrade.verdict ?? "not-tried";
    if (verdict === "lossless") continue;
    throw new Error(`the rehearsal did not prove the downgrade of ${id} lossless: ${verdict}`);
  }
}

/** What others wrote into what the steps made or changed, the way down may destroy. */
async function requireOwnAlone(going: GoingBack): Promise<void> {
  const { run, rehearsal, backup } = going;
  const { sql } = run.applying;
  const now = await takePicture(sql, run.sight.table);
  const changed = schemaDifferences(run.before.fingerprint, now.fingerprint).flatMap(tableOf);
  const moves = rehearsal?.revisions.flatMap(({ upgrade, downgrade }) =>
    [upgrade, downgrade.measured].flatMap(writtenTables)
  );
  const tables = backup?.tables ?? [];
  const names = tables.map(({ schema, name }) => `${schema}.${name}`);
  const used = rehearsal?.revisions.flatMap(({ downgrade }) => usedRows(downgrade.measured, names));
  const only = [...changed, ...moves ?? [], ...used ?? []];
  const doubts = await othersWrote(going, sql, { tables, only });
  if (doubts.length === 0) return;
  const lines = ["others may have written since into what it would undo", ...doubts.slice(0, 5)];
  throw new OakumError("written-since", "refused", lines.join(". "), {
    hint: "To undo it all the same: oakum rollback --via downgrade. Otherwise:",
    data: { doubts },
  });
}

/** What is not as it was before the run; the version table stays where there was none before. */
function leftBehind({ before, sight: { table } }: Run, now: Picture): string[] {
  const [then, after] = [before, now].map((one) => withoutVersionTable(one.fingerprint, table));
  return schemaDifferences(then!, after!).map(differenceText).slice(0, MOST);
}

const MOST = 8;

/** The same failure, after which the database is as it was before. */
function tookBack({ error, stop: { goal } }: Stopped, lines: readonly string[]): OakumError {
  const text = [failureLines(error), ...lines].join("\n");
  return new OakumError(error.code, "unchanged", text, {
    hint: `Mend it, then: ${upgradeTo(goal.typed)}`,
    data: { ...error.data, heads: error.data["headsBefore"], wentBack: true },
    cause: error,
  });
}

/** The same failure, and one on the way back. */
function halfWay(error: OakumError, again: OakumError): OakumError {
  const lines = ["Then, on the way back:", again.message];
  return wentAstray(error, lines, again.hint ?? "See where it stands: oakum status");
}

function wentAstray(error: OakumError, lines: readonly string[], hint: string): OakumError {
  return new OakumError(error.code, "changed", [failureLines(error), ...lines].join("\n"), {
    hint,
    data: { ...error.data, wentBack: false },
    cause: error,
  });
}

/** The same failure, with why it was not taken back. */
function stayed(error: OakumError, way: OnFailure, why: unknown): OakumError {
  const text = `${error.message}\nIt was not taken back by --on-failure ${way}: ${messageOf(why)}.`;
  const hint = why instanceof OakumError && why.hint ? `${why.hint} ` : "";
  return new OakumError(error.code, error.outcome, text.replace(/\.\.$/, "."), {
    ...(error.hint === undefined ? {} : { hint: `${hint}${error.hint}` }),
    data: { ...error.data, wentBack: false },
    cause: error,
  });
}

/** What failed, without where the database stood then. */
function failureLines({ message }: OakumError): string {
  const lines = message.split("\n");
  const end = lines.findIndex((line) => line.startsWith("The database is at "));
  return lines.slice(0, end < 0 ? 1 : end).join("\n");
}
