import { messageOf, OakumError } from "../../core/errors.ts";
import type { RestorePlan } from "../../reports/restore.ts";

/** Says of a failure before the swap's commit what it means: the live database is as before. */
export function asUnchanged(error: unknown, plan: RestorePlan, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof OakumError && error.outcome !== "failed") return error;
  const hint = error instanceof OakumError ? error.hint : undefined;
  const code = error instanceof OakumError ? error.code : "restore-failed";
  const state = [
    ...plan.replaces ? [`"${plan.database}" is as it was.`] : [],
    ...plan.roles.length > 0 ? ["Roles that were created stay."] : [],
  ].join(" ");
  return new OakumError(code, "unchanged", `${sentence(messageOf(error))} ${state}`.trim(), {
    ...(hint === undefined ? {} : { hint }),
    data: error instanceof OakumError ? error.data : {},
    cause: error,
  });
}

/** What a server says has no full stop. */
function sentence(text: string): string {
  return /[.!?:…]$/.test(text) ? text : `${text}.`;
}
