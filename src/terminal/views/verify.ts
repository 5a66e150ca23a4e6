import { duration } from "../../core/time.ts";
import type { VerifyReport } from "../../reports/verify.ts";
import type { Page } from "../page.ts";

/** What was found out about each backup. */
export function showVerified({ verified }: VerifyReport, page: Page): void {
  for (const { id, level, findings, notProved, tookMs } of verified) {
    if (findings.length === 0) {
      const how = level === "restore" ? "restored and compared" : "read back whole";
      page.line(`${page.style("good", "Good")} ${id}: ${how}, in ${duration(tookMs)}`);
      if (notProved) page.line(page.style("warn", `Not proved by a restore. ${notProved}.`));
      continue;
    }
    page.line(`${page.style("bad", "Not good")} ${id}:`);
    for (const finding of findings) page.line(`  ${finding}`);
  }
  if (verified.some(({ findings }) => findings.length > 0)) {
    page.line("`latest` passes over what is not good. Mend what is named; then: oakum backup");
  }
}
