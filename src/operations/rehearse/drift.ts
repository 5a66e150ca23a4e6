import { join } from "node:path";
import { z } from "zod";
import { lookup } from "../../backups/files.ts";
import { prepareFolder } from "../../backups/folder.ts";
import { lockFolderPatiently } from "../../backups/lock.ts";
import { LONGEST, readSmallText } from "../../backups/open_file.ts";
import { KNOWN_DRIFT } from "../../backups/names.ts";
import { replaceFile } from "../../backups/replace.ts";
import { prettyJson } from "../../backups/seal.ts";
import { targetPath } from "../../backups/target_path.ts";
import { OakumError } from "../../core/errors.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { Expectation } from "../../migrators/migrator.ts";
import type { ModelDrift } from "../../reports/rehearsal.ts";
import type { Context } from "../context.ts";
import { saidBy } from "../migrate/causes.ts";
import type { Copy } from "./copy.ts";
import type { Keeping } from "./memory.ts";

const baseline = z.strictObject({ drift: z.literal(1), known: z.array(z.string()) });

/**
 * Compares the app's models with the upgraded copy; what a baseline knows already is told apart. Null
 * where the app gives Alembic no models.
 */
export async function findDrift(
  context: Context,
  copy: Copy,
  expect: Expectation,
  keeping: Keeping,
): Promise<ModelDrift | null> {
  context.emit({ type: "step", step: "drift", text: "Comparing the models with the copy" });
  const known = new Set(await readBaseline(keeping));
  try {
    const { operations } = await copy.migrator.drift(expect, copy.signal);
    const texts = operations.map(({ text }) => text);
    return {
      fresh: texts.filter((text) => !known.has(text)),
      known: texts.filter((text) => known.has(text)),
      unknown: null,
    };
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error;
    if (error.failure.kind === "no-metadata") return null;
    return { fresh: [], known: [], unknown: saidBy(error.failure) };
  }
}

/** Records today's drift as known, in the place of what was known before; null: not compared. */
export async function keepBaseline(
  { runId: run, clock, signal, emit }: Context,
  { dir, target }: Keeping,
  drift: ModelDrift | null,
): Promise<void> {
  if (!drift || drift.unknown !== null) {
    const why = drift?.unknown ?? "not every revision was rehearsed.";
    const text = `No drift was recorded as known; the models were not compared: ${why}`;
    return emit({ type: "warning", code: "baseline-not-kept", text });
  }
  const { fresh, known } = drift;
  const path = await prepareFolder(dir, target);
  const onWait = (why: string) => emit({ type: "note", text: `${why} Waiting for it to end.` });
  const holder = { run, command: "rehearse --baseline", pid: Deno.pid, clock };
  await using folder = await lockFolderPatiently(path, holder, { waitMs: 10_000, signal, onWait });
  const text = prettyJson({ drift: 1, known: [...known, ...fresh].sort() });
  await replaceFile(folder, KNOWN_DRIFT, new TextEncoder().encode(text));
}

async function readBaseline({ dir, target }: Keeping): Promise<readonly string[]> {
  const path = join(targetPath(dir, target), KNOWN_DRIFT);
  const found = await lookup(path);
  if (!found) return [];
  try {
    return baseline.parse(JSON.parse(await readSmallText(path, LONGEST.drift))).known;
  } catch (cause) {
    if (cause instanceof OakumError) throw cause;
    throw new OakumError("baseline-odd", "refused", `"${path}" is not what oakum wrote.`, {
      hint: "Record what is known anew: oakum rehearse --baseline, once that file is gone.",
      cause,
    });
  }
}
