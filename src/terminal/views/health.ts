import type { Health } from "../../reports/health.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";

/** How the app was after an upgrade, and the way back where it was not well. */
export function showHealth({ ok, checks, errors }: Health, page: Page): void {
  for (const check of checks) {
    const [mark, tone] = check.ok ? ["✓", "good"] as const : ["✗", "bad"] as const;
    page.line(`${page.style(tone, mark)} ${printable(`${check.name} ${check.text}`)}`);
  }
  if (errors.length > 0) {
    page.line(page.style("warn", "The app wrote of errors since the upgrade began:"));
    for (const line of errors) page.line(`  ${printable(line)}`);
  }
  if (ok) return;
  page.line(page.style("bad", "The upgrade is done, but the app is not well."));
  page.line("See why, or go back: oakum rollback");
}
