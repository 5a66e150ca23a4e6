import { messageOf, OakumError } from "../../core/errors.ts";
import { interruptedWith } from "../../core/interrupted.ts";
import type { RestorePlan } from "../../reports/restore.ts";

type Replaced = Pick<RestorePlan, "database" | "replaces" | "roles">;

/** The database that a restore loads into, as far as that one came. */
export interface Copy {
  made: boolean;
  /** Whether it could not be dropped again. */
  left: boolean;
}

/**
 * Says of a failure before the swap's commit what it means: the live database is as before. Nobody
 * may say so where the swap itself had no answer, however the run was ended meanwhile.
 */
export function asUnchanged(
  error: unknown,
  plan: Replaced,
  signal: AbortSignal,
  copy: Copy = { made: false, left: false },
): unknown {
  if (error instanceof OakumError && error.outcome === "changed") return error;
  const state = standing(plan);
  if (signal.aborted) {
    const dropped = copy.made && !copy.left ? ["The copy was dropped."] : [];
    return interruptedWith(error, signal, [...state, ...dropped].join(" ")) ?? signal.reason;
  }
  if (error instanceof OakumError && error.outcome !== "failed") return error;
  const hint = error instanceof OakumError ? error.hint : undefined;
  const code = error instanceof OakumError ? error.code : "restore-failed";
  return new OakumError(code, "unchanged", [sentence(messageOf(error)), ...state].join(" "), {
    ...(hint === undefined ? {} : { hint }),
    data: error instanceof OakumError ? error.data : {},
    cause: error,
  });
}

function standing({ database, replaces, roles }: Replaced): string[] {
  return [
    ...replaces ? [`"${database}" is as it was.`] : [],
    ...roles.length > 0 ? ["Roles that were created stay."] : [],
  ];
}

/** What a server says has no full stop. */
function sentence(text: string): string {
  return /[.!?:…]$/.test(text) ? text : `${text}.`;
}
