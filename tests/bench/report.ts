import type { Cost } from "./measure.ts";
import type { PairResult } from "./pairs.ts";

/** A Markdown table of rows of cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** How many times faster ours is, with what was measured. */
export function pairTable(results: readonly PairResult[]): string {
  const head = ["what", "ratio", "wanted", "baseline", "oakum", "oakum's memory"];
  return table(
    head,
    results.map(({ pair, baseline, ours }) => [
      pair.name,
      ours ? `${(baseline.seconds / ours.seconds).toFixed(2)}×` : "not measured",
      pair.wanted,
      seconds(baseline),
      ours ? seconds(ours) : "—",
      ours ? megabytes(ours.peak) : "—",
    ]),
  );
}

/** Seconds as people read them. */
export function seconds({ seconds }: Cost): string {
  return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
}

/** Bytes in MB, as disks are sold. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
