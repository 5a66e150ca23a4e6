import type { Journal } from "../../backups/journal.ts";
import type { Context } from "../context.ts";
import { type Moving, tryMove } from "../migrate/apply.ts";
import { BlockerWatch } from "../migrate/blockers.ts";
import { lookAgain, type Sight } from "../migrate/look_again.ts";
import { sayUnwritten } from "../open_journal.ts";
import { headsText, sameHeads } from "../migrate/picture.ts";
import { recordOutcome } from "../migrate/record.ts";
import { stampError } from "./stands.ts";

/** What a stamp is written with. */
export interface Stamping {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly purge: boolean;
  readonly moving: Moving;
  readonly sight: Sight;
  readonly journal: Journal;
}

/**
 * Makes one exact move between its intent and its outcome in the journal, and looks from another
 * connection. Throws an `OakumError` that says what the version table holds.
 */
export async function writeStamp(context: Context, stamping: Stamping): Promise<void> {
  const { from, to, purge, moving, sight, journal } = stamping;
  const { emit, signal } = context;
  const { sql, lockTimeoutMs } = moving;
  const intent = await journal.begin("stamp", "stamp", { from: [...from], to: [...to], purge });
  emit({ type: "step", step: "stamp", text: `Stamping ${headsText(to)}` });
  await using watch = new BlockerWatch(sql, emit, lockTimeoutMs);
  const tried = await tryMove(context, { move: { stamp: to }, heads: from }, moving, watch);
  const { error } = tried;
  const { picture, why: blind } = await lookAgain(context, sql, sight, tried);
  const now = picture?.heads;
  const done = now !== undefined && sameHeads(now, to);
  // What nobody could see is left to the next run.
  if (picture) await recordOutcome(intent, done, picture);
  if (done && error === undefined) return;
  sayUnwritten(context, journal);
  throw stampError({ error, from, to, now, blind, blockers: watch.blockers, signal });
}
