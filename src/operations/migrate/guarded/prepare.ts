import type { VerifyLevel } from "../../../config/levels.ts";
import { OakumError } from "../../../core/errors.ts";
import { type Checklist, checklistLines } from "../../../reports/checklist.ts";
import type { MigrationPlan, Refusal } from "../../../reports/migration.ts";
import type { RehearsalReport } from "../../../reports/rehearsal.ts";
import type { Step } from "../../../migrators/alembic/resolve.ts";
import type { Sql } from "../../../postgres/connection.ts";
import { databaseBytes } from "../../../postgres/facts.ts";
import type { RoomVerdict } from "../../../postgres/space.ts";
import type { Context } from "../../context.ts";
import { requireRestorable } from "../../restore/restorable.ts";
import { fillChecklist } from "../checklist.ts";
import type { BothSides } from "../read_both.ts";
import type { Reached } from "../standing.ts";
import { untouched } from "../trouble.ts";
import { upgradeAgain } from "./again.ts";
import { type Expected, expectedOf, judgeExpected, whyNoRoom } from "./expected.ts";
import { whyFilledSince } from "./filled_since.ts";
import { type JudgedFindings, judgeFindings, whyNotAccepted } from "./findings.ts";
import type { Wanted } from "./fit.ts";
import { type Recalled, recallFitting, rehearsed } from "./rehearsed.ts";
import type { Rehearsing, UpgradeRequest } from "./request.ts";
import type { Keeping } from "../../rehearse/memory.ts";

/** All that an upgrade is prepared from. */
export interface Preparing {
  readonly place: Reached;
  readonly sql: Sql;
  readonly sides: BothSides;
  readonly plan: MigrationPlan;
  readonly steps: readonly Step[];
  readonly upgrade: UpgradeRequest;
  /** Where to, as typed. */
  readonly revision: string;
  readonly keeping: Keeping;
  /** How far the backup that is taken is proved; undefined where none is. */
  readonly verify: VerifyLevel | undefined;
  readonly dryRun: boolean;
}

/** What is known of an upgrade before anything is changed. */
export interface Prepared {
  readonly rehearsal: RehearsalReport | undefined;
  readonly judged: JudgedFindings | undefined;
  readonly checklist: Checklist;
  /** What keeps the upgrade from beginning: only a dry run comes this far with any. */
  readonly refused: readonly Refusal[];
}

/**
 * Finds a rehearsal that speaks for the upgrade, or makes one, and refuses where it found what is not
 * allowed, or the server has no room. A dry run makes none, and says what would be refused.
 */
export async function prepare(context: Context, preparing: Preparing): Promise<Prepared> {
  const { upgrade, dryRun } = preparing;
  requireWayBack(upgrade, preparing.plan);
  const { report: rehearsal, why } = await findRehearsal(context, preparing);
  const judged = rehearsal && judgeFindings(rehearsal, upgrade.allow);
  const unaccepted = rehearsal && judged &&
    whyNotAccepted(rehearsal, judged, upgradeAgain(preparing));
  if (unaccepted && !dryRun) throw beforeAnything(unaccepted);
  const filled = rehearsal && await whyFilledSince(preparing.place, rehearsal, {
    allow: upgrade.allow,
    again: upgradeAgain(preparing),
  });
  if (filled && !dryRun) throw beforeAnything(filled);
  const noWayBack = await whyNotRestorable(context, preparing, rehearsal);
  if (noWayBack && !dryRun) throw noWayBack;
  const { expected, room } = await expect(preparing, rehearsal);
  const noRoom = room && whyNoRoom(room);
  if (noRoom && !dryRun) throw noRoom;
  const { plan, verify, sides: { project: { graph } } } = preparing;
  const checklist = fillChecklist({
    ...{ plan, upgrade, verify, rehearsal, judged, expected, room, whyNone: why },
    heads: graph.heads(),
    now: context.clock.now(),
  });
  if (!dryRun) {
    for (const text of checklistLines(checklist)) context.emit({ type: "note", text });
  }
  return {
    rehearsal,
    judged,
    checklist,
    refused: [unaccepted, filled, noWayBack, noRoom].flatMap(refusal),
  };
}

/** A finding is easily taken for something that has happened to the data. */
function beforeAnything(error: OakumError): OakumError {
  return untouched(error, `${error.message}\nThe database was not touched.`);
}

function refusal(error: OakumError | undefined): Refusal[] {
  return error ? [{ code: error.code, message: error.message, hint: error.hint ?? "" }] : [];
}

/** What could not be done when it is needed is said before. */
function requireWayBack({ onFailure, rehearsal }: UpgradeRequest, { backup }: MigrationPlan): void {
  const missing = onFailure === "restore" && !backup.taken
    ? `needs the backup from before. ${backup.why}`
    : onFailure === "downgrade" && !rehearsal
    ? "needs a rehearsal, which proves the downgrades."
    : undefined;
  if (missing === undefined) return;
  throw new OakumError("no-way-back", "refused", `--on-failure ${onFailure} ${missing}`, {
    hint: "Leave the guard at full, or take --on-failure stop.",
  });
}

/**
 * Why the backup could not be restored if the upgrade failed: then is no time to hear that. After the
 * rehearsal, since the copy that it was made on is a restore, and proves that one works.
 */
async function whyNotRestorable(
  context: Context,
  { place: { session }, sides, upgrade, keeping, dryRun }: Preparing,
  rehearsal: RehearsalReport | undefined,
): Promise<OakumError | undefined> {
  const comesLater = dryRun && upgrade.rehearsal && !rehearsal;
  if (upgrade.onFailure !== "restore" || comesLater) return undefined;
  const { target, dir } = keeping;
  const schema = sides.picture.fingerprint.rows;
  const asked = { target, dir, allow: upgrade.allow, schema };
  try {
    await requireRestorable(context, session, asked);
  } catch (error) {
    if (!(error instanceof OakumError) || error.outcome !== "refused") throw error;
    const text = `--on-failure restore would not come to its end: ${error.message}`;
    return untouched(
      new OakumError("no-way-back", "refused", text, {
        hint: `${(error.hint ?? "").replace(/[^.]$/, "$&.")} Or take --on-failure stop.`.trim(),
        data: { ...error.data, why: error.code },
        cause: error,
      }),
    );
  }
}

async function findRehearsal(
  context: Context,
  preparing: Preparing,
): Promise<{ report: RehearsalReport | undefined; why: string }> {
  const { upgrade: { rehearsal: rehearsing, whyNotRehearsed }, keeping, dryRun } = preparing;
  if (!rehearsing) return { report: undefined, why: whyNotRehearsed };
  const wanted = wantedOf(context, preparing, rehearsing);
  const recalled: Recalled = await recallFitting(context, preparing.place, keeping, wanted);
  const why = recalled.report ? "" : recalled.why;
  if (dryRun) return { report: recalled.report, why: `${why} An upgrade makes one first.` };
  const { session } = preparing.place;
  const means = { rehearsing, keeping, wanted, again: upgradeAgain(preparing), session };
  return { report: await rehearsed(context, recalled, means), why };
}

function wantedOf(
  { clock }: Context,
  { sides, steps, plan, upgrade }: Preparing,
  { settings, run }: Rehearsing,
): Wanted {
  return {
    app: plan.app,
    steps,
    heads: sides.heads,
    fingerprint: sides.picture.fingerprint.sha256,
    scripts: sides.project.scriptsSha256,
    image: upgrade.image.id,
    ...{ settings, run },
    now: clock.now(),
  };
}

async function expect(
  { place: { session }, sql }: Preparing,
  rehearsal: RehearsalReport | undefined,
): Promise<{ expected: Expected | undefined; room: readonly RoomVerdict[] | undefined }> {
  if (!rehearsal) return { expected: undefined, room: undefined };
  const expected = expectedOf(rehearsal, await databaseBytes(sql));
  return { expected, room: await judgeExpected(session, sql, expected) };
}

/** When what is applied was rehearsed, and on which backup. */
export function rehearsedAt({ rehearsal }: Prepared) {
  return rehearsal ? { at: rehearsal.rehearsedAt, on: rehearsal.data.name } : null;
}
