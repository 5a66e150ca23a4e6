import { count } from "../../core/time.ts";
import type { Check, CheckLevel, DoctorReport } from "../../reports/doctor.ts";
import type { Page } from "../page.ts";
import type { Tone } from "../style.ts";

const MARKS: Readonly<Record<CheckLevel, readonly [mark: string, tone: Tone]>> = {
  "trouble": ["trouble", "bad"],
  "warning": ["warning", "warn"],
  "not-checked": ["not checked", "warn"],
  "ok": ["ok", "good"],
};

const ORDER: readonly CheckLevel[] = ["trouble", "warning", "not-checked", "ok"];

/** Each check, the troubles first, with what mends it below. */
export function showDoctor({ checks, ended }: DoctorReport, page: Page): void {
  for (const name of ended) page.line(`Ended ${name}`);
  for (const level of ORDER) {
    for (const check of checks) if (check.level === level) line(check, page);
  }
  const found = checks.filter(({ level }) => level === "trouble").length;
  if (page.terminal) {
    page.line(
      found > 0 ? `${count(found, "trouble")} found.` : page.style("good", "No trouble found."),
    );
  }
}

function line({ name, level, text, mend }: Check, page: Page): void {
  const [mark, tone] = MARKS[level];
  if (!page.terminal) {
    page.table({ columns: [], rows: [[level, name, text, mend ?? ""]] });
    return;
  }
  page.line(`${page.style(tone, mark)}: ${text}`);
  if (mend !== null) page.line(`  → ${mend}`);
}
