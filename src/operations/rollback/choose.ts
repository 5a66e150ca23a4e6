import type { RollbackPrices, RollbackWay } from "../../reports/rollback.ts";
import { type Asked, cannotGo, hasAPrice } from "./refusals.ts";

/** The way that loses nothing; a downgrade first, since everything else keeps running meanwhile. */
export function freeWay({ downgrade, restore }: RollbackPrices): RollbackWay | undefined {
  return [downgrade, restore].find(({ verdict }) => verdict === "free")?.way;
}

/** The way that was asked for, else the one that loses nothing; refuses where there is none. */
export function chooseWay(
  prices: RollbackPrices,
  asked: Asked & { readonly via: RollbackWay | undefined },
): RollbackWay {
  const way = asked.via ?? freeWay(prices);
  if (way === undefined) throw hasAPrice(prices, asked);
  if (prices[way].verdict === "impossible") throw cannotGo(way, prices, asked);
  return way;
}
