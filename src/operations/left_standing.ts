import { messageOf } from "../core/errors.ts";
import type { Emit } from "../core/events.ts";

/**
 * Warns of what a dead run left behind and that cannot be removed; the work goes on, since it is in
 * nobody's way.
 */
export function leftStanding(emit: Emit): (name: string, why: unknown) => void {
  return (name, why) =>
    emit({
      type: "warning",
      code: "leftover-stays",
      text: `${name}, which a dead run left behind, could not be removed: ${messageOf(why)}`,
    });
}
