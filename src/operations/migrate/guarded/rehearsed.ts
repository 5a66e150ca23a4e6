import { OakumError } from "../../../core/errors.ts";
import { ago } from "../../../core/time.ts";
import { TargetLock } from "../../../postgres/locks.ts";
import type { ServerSession } from "../../../postgres/session.ts";
import type { RehearsalReport } from "../../../reports/rehearsal.ts";
import type { Context } from "../../context.ts";
import { NotTaken, whyDataUnfit } from "../../rehearse/data.ts";
import { type Keeping, recallRehearsal, rememberRehearsal } from "../../rehearse/memory.ts";
import { stackOwner } from "../../../targets/stack_owner.ts";
import { untouched } from "../trouble.ts";
import { filledSince } from "./filled_since.ts";
import { type Wanted, whyOther, whyUnfit } from "./fit.ts";
import type { Reached } from "../standing.ts";
import type { Rehearsing } from "./request.ts";

/** A rehearsal that is kept and speaks for this upgrade; or why there is none, as a sentence. */
export type Recalled = { readonly report: RehearsalReport } | {
  readonly report: undefined;
  readonly why: string;
};

/** Looks whether the last rehearsal speaks for this upgrade, and its data for what is there now. */
export async function recallFitting(
  context: Pick<Context, "emit" | "clock">,
  place: Reached,
  keeping: Keeping,
  wanted: Wanted,
): Promise<Recalled> {
  const trusted = await stackOwner(place.database.server.container);
  const report = await recallRehearsal(context, { ...keeping, trusted });
  if (!report) return { report, why: "No rehearsal of it is kept." };
  const why = whyUnfit(report, wanted) ??
    await whyDataUnfit(place, keeping, report, wanted.now) ?? await whyFilled(place, report);
  if (why === undefined) return { report };
  const when = ago(new Date(report.rehearsedAt), context.clock.now());
  return { report: undefined, why: `The rehearsal of ${when} does not speak for it: ${why}.` };
}

async function whyFilled(place: Reached, report: RehearsalReport): Promise<string | undefined> {
  const filled = await filledSince(place, report);
  return filled.length > 0 ? `${filled.join(", ")} held nothing then` : undefined;
}

/** What a rehearsal is made with, where none is kept that fits. */
export interface Rehearsal {
  readonly rehearsing: Rehearsing;
  readonly keeping: Keeping;
  readonly wanted: Wanted;
  /** The command that asks for the same upgrade. */
  readonly again: string;
  /** To the real server. */
  readonly session: ServerSession;
}

/** The rehearsal that speaks for this upgrade: the one that is kept, else a new one. */
export async function rehearsed(
  context: Context,
  recalled: Recalled,
  { rehearsing, keeping, wanted, again, session }: Rehearsal,
): Promise<RehearsalReport> {
  const { emit, clock, signal } = context;
  if (recalled.report) {
    const when = ago(new Date(recalled.report.rehearsedAt), clock.now());
    emit({ type: "note", text: `Rehearsed ${when}; ${SAME}` });
    return recalled.report;
  }
  // Who would be locked out afterwards is told now. A person may be asked meanwhile, so that it is
  // not held: what the rehearsal is bound to is looked at again under the lock.
  const lock = await TargetLock.take(session, keeping.target.database, { clock, signal });
  await lock[Symbol.asyncDispose]();
  emit({ type: "step", step: "rehearse", text: `Rehearsing it on a copy. ${recalled.why}` });
  const report = await rehearsing.rehearse().catch((error) => {
    throw notRehearsed(error, again);
  });
  const other = whyOther(report, wanted);
  if (other !== undefined) throw ofAnother(other, again);
  await rememberRehearsal(context, keeping, report);
  return report;
}

const SAME = "files, image, environment, schema, heads and settings are the same";

/** Nothing was changed yet; what stopped the rehearsal need not stop the upgrade. */
function notRehearsed(error: unknown, again: string): unknown {
  if (!(error instanceof OakumError) || error.outcome === "interrupted") return error;
  const text = `It could not be rehearsed, so the upgrade did not begin: ${error.message}`;
  // The upgrade takes a backup too, and would be refused for the same.
  const without = error instanceof NotTaken
    ? undefined
    : `Without a rehearsal: ${again} --rehearsal none`;
  const hint = [error.hint, without].filter((part) => part !== undefined).join(" ");
  return untouched(
    new OakumError(error.code, error.outcome, text, {
      ...hint === "" ? {} : { hint },
      data: error.data,
      cause: error,
    }),
  );
}

function ofAnother(why: string, again: string): OakumError {
  return new OakumError(
    "rehearsal-of-another",
    "refused",
    `The rehearsal does not speak for this upgrade: ${why}.\nThe database was not touched.`,
    {
      hint: "Somebody else may be changing the project or the database: try again. Without a " +
        `rehearsal: ${again} --rehearsal none`,
    },
  );
}
