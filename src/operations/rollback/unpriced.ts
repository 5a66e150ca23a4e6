import type { RollbackPrice, RollbackPrices, RollbackWay } from "../../reports/rollback.ts";
import type { Possible, WayBack } from "./way.ts";

/** Prices that nobody knows, but for the ways that cannot be gone at all. */
export function unmeasured(way: WayBack, why: string): RollbackPrices {
  return {
    downgrade: unmeasuredWay(way, "downgrade", why),
    restore: unmeasuredWay(way, "restore", why),
  };
}

/** The price of one way that nobody knows, or that it cannot be gone. */
export function unmeasuredWay(way: WayBack, which: RollbackWay, why: string): RollbackPrice {
  const possible: Possible<unknown> = way[which];
  return "cannot" in possible
    ? { ...nothingLost(way, which), verdict: "impossible", why: possible.cannot }
    : { ...nothingLost(way, which), verdict: "unknown", why };
}

/** A price without a loss, to be filled. */
export function nothingLost({ restore }: WayBack, way: RollbackWay): RollbackPrice {
  const backup = way === "restore" && "can" in restore ? restore.can.id : null;
  return {
    ...{ way, verdict: "free", why: null, backup },
    ...{ lost: [], returning: [], notBack: [], besides: [], notes: [] },
  };
}
