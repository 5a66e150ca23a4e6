import { messageOf, OakumError } from "../../core/errors.ts";
import type { Check } from "../../reports/doctor.ts";
import { failureHint } from "../migrate/failure.ts";

/** A check that found nothing. */
export function ok(name: string, text: string): Check {
  return { name, level: "ok", text, mend: null };
}

/** Something that is to be mended. */
export function trouble(name: string, text: string, mend: string): Check {
  return { name, level: "trouble", text, mend };
}

/** Something that is to be known. */
export function warning(name: string, text: string, mend: string | null = null): Check {
  return { name, level: "warning", text, mend };
}

/** Something that could not be looked at, and why. */
export function notChecked(name: string, text: string, mend: string | null = null): Check {
  return { name, level: "not-checked", text, mend };
}

/** An expected error as a trouble of its own code. */
export function failed(name: string, error: unknown): Check {
  const hint = error instanceof OakumError ? error.hint : undefined;
  return trouble(name, messageOf(error), hint ?? "Run the command again with --verbose.");
}

/** Runs a check of `what` that may fail itself: then that is said, and the others go on. */
export async function attempt(
  name: string,
  signal: AbortSignal,
  check: () => Promise<readonly Check[]>,
  what = "This",
): Promise<readonly Check[]> {
  try {
    return await check();
  } catch (error) {
    signal.throwIfAborted();
    const text = `${what} could not be looked at: ${messageOf(error)}`;
    return [notChecked(name, text, failureHint(error) ?? null)];
  }
}
