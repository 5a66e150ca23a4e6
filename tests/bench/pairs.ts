import { type Cost, measure, type Measured } from "./measure.ts";

/** Two ways to the same end, and what ours is to reach. */
export interface Pair {
  readonly name: string;
  readonly baseline: Measured;
  readonly ours: Measured;
  /** In words, such as "≥ 2.8×". */
  readonly wanted: string;
}

/** The medians of both sides; `ours` is missing where only baselines are measured. */
export interface PairResult {
  readonly pair: Pair;
  readonly baseline: Cost;
  readonly ours: Cost | undefined;
}

/**
 * Runs both sides in turn, so that what else the machine does meets both alike; the first run of each
 * warms the caches and does not count.
 */
export async function runPair(
  pair: Pair,
  { runs, baselines }: { readonly runs: number; readonly baselines: boolean },
): Promise<PairResult> {
  const theirs: Cost[] = [];
  const ours: Cost[] = [];
  for (let run = 0; run <= runs; run++) {
    theirs.push(await measure(pair.baseline));
    if (!baselines) ours.push(await measure(pair.ours));
  }
  return {
    pair,
    baseline: median(theirs.slice(1)),
    ours: baselines ? undefined : median(ours.slice(1)),
  };
}

/** The middle time; of memory the most, since a limit holds for every run. */
export function median(costs: readonly Cost[]): Cost {
  const seconds = costs.map((cost) => cost.seconds).sort((a, b) => a - b);
  return {
    seconds: seconds[Math.floor(seconds.length / 2)] ?? NaN,
    peak: Math.max(...costs.map(({ peak }) => peak)),
  };
}
