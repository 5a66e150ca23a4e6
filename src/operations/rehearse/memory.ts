import { scryptSync } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { lookup } from "../../backups/files.ts";
import { prepareFolder } from "../../backups/folder.ts";
import { lockFolderPatiently } from "../../backups/lock.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { LONGEST, readSmallText } from "../../backups/open_file.ts";
import { REHEARSAL } from "../../backups/names.ts";
import { otherWriters } from "../../backups/other_writers.ts";
import { replaceFile } from "../../backups/replace.ts";
import { canonicalJson, prettyJson, sealOf } from "../../backups/seal.ts";
import { targetPath } from "../../backups/target_path.ts";
import { messageOf } from "../../core/errors.ts";
import { VERSION } from "../../core/version.ts";
import type { RehearsalReport } from "../../reports/rehearsal.ts";
import { rehearsalSchema } from "../../reports/rehearsal_schema.ts";
import { verdictOf } from "../../reports/rehearsal_verdict.ts";
import type { Context } from "../context.ts";

/**
 * What a rehearsal is set to, as far as another setting makes it another rehearsal. What the app is
 * tried with is none of it: the report tells what was tried.
 */
export interface RehearsalSet {
  readonly rules: Readonly<Record<string, string>>;
  /** Variables that are laid over the app's own. */
  readonly variables: Readonly<Record<string, string>>;
  /** The app's own, as `NAME=value`. */
  readonly environment: readonly string[];
  readonly services: readonly string[];
  /** Arguments of env.py. */
  readonly x: readonly string[];
}

/** The hash by which a later run knows that a rehearsal was set as it would set it. */
export function settingsHash({ environment, ...set }: RehearsalSet): string {
  const value = { ...set, environment: environment.toSorted(), oakum: VERSION };
  // Reports are shown around, and values of variables are secrets: guessing must be dear.
  return scryptSync(canonicalJson(value), "oakum rehearsal", 32).toString("hex");
}

/** Where a target's rehearsal is kept. */
export interface Keeping {
  /** The backup folder. */
  readonly dir: string;
  readonly target: TargetName;
  /** Users beside root and this one that a rehearsal is believed of: the stack is theirs. */
  readonly trusted?: readonly number[];
}

const WAIT_MS = 10_000;

const remembered = z.object({ rehearsal: z.literal(1), report: rehearsalSchema });
const sealed = z.looseObject({ seal: z.string() });

/**
 * Keeps the report of a rehearsal beside the target's backups, in the place of the one before it, so
 * that an upgrade need not rehearse the same again. That it cannot be kept is no failure of it.
 */
export async function rememberRehearsal(
  context: Pick<Context, "runId" | "clock" | "signal" | "emit">,
  { dir, target }: Keeping,
  report: RehearsalReport,
): Promise<void> {
  const { runId: run, clock, signal, emit } = context;
  try {
    const path = await prepareFolder(dir, target);
    const holder = { run, command: "rehearse", pid: Deno.pid, clock };
    const patience = { waitMs: WAIT_MS, signal, onWait: () => {} };
    await using folder = await lockFolderPatiently(path, holder, patience);
    const content = { rehearsal: 1, report };
    const text = prettyJson({ ...content, seal: sealOf(content) });
    await replaceFile(folder, REHEARSAL, new TextEncoder().encode(text));
  } catch (error) {
    signal.throwIfAborted();
    emit({
      type: "warning",
      code: "rehearsal-not-kept",
      text: `The rehearsal could not be kept for the next upgrade: ${messageOf(error)}`,
    });
  }
}

/**
 * The last rehearsal that was kept; nothing where there is none, or where it cannot be believed: one
 * that others can have written could say of anything that nothing was found.
 */
export async function recallRehearsal(
  { emit }: Pick<Context, "emit">,
  { dir, target, trusted }: Keeping,
): Promise<RehearsalReport | undefined> {
  const path = join(targetPath(dir, target), REHEARSAL);
  try {
    if (!await lookup(path)) return undefined;
    const others = await otherWriters(path, trusted);
    if (others !== undefined) throw new Error(`${others}, so that others can have written it`);
    const report = believed(JSON.parse(await readSmallText(path, LONGEST.rehearsal)));
    if (canonicalJson(report.target) !== canonicalJson(target)) throw new Error("it is another's");
    return report;
  } catch (error) {
    const why = error instanceof z.ZodError ? "it is not what oakum writes" : messageOf(error);
    emit({ type: "note", text: `The kept rehearsal "${path}" is passed over: ${why}` });
    return undefined;
  }
}

/** What a kept rehearsal says, where it is whole and its verdict is that of what it found. */
function believed(value: unknown): RehearsalReport {
  const { seal, ...content } = sealed.parse(value);
  if (seal !== sealOf(content)) throw new Error("it was changed or damaged: its seal is wrong");
  const { report } = remembered.parse(content);
  if (report.verdict !== verdictOf(report)) {
    throw new Error("its verdict is not that of its findings");
  }
  return report;
}
