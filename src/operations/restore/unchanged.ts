import { messageOf, OakumError } from "../../core/errors.ts";
import type { RestorePlan } from "../../reports/restore.ts";

type Replaced = Pick<RestorePlan, "database" | "replaces" | "roles">;

/**
 * Says of a failure before the swap's commit what it means: the live database is as before. Nobody
 * may say so where the swap itself had no answer, however the run was ended meanwhile.
 */
export function asUnchanged(error: unknown, plan: Replaced, signal: AbortSignal): unknown {
  if (error instanceof OakumError && error.outcome === "changed") return error;
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
