import { count } from "../../core/time.ts";
import type { Check, CheckLevel, DoctorReport } from "../../reports/doctor.ts";
import { printable } from "../printable.ts";
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
  for (const name of ended) page.line(`Ended ${printable(name)}`);
  for (const level of ORDER) {
    for (const check of checks) if (check.level === level) line(check, page);
  }
  if (page.terminal) closing(checks, page);
}

/** What could not be looked at is not well for that. */
function closing(checks: DoctorReport["checks"], page: Page): void {
  const number = (level: CheckLevel) => checks.filter((check) => check.level === level).length;
  const [found, unseen] = [number("trouble"), number("not-checked")];
  const rest = unseen > 0 ? ` ${count(unseen, "check")} could not be made.` : "";
  const said = found > 0 ? `${count(found, "trouble")} found.` : "No trouble found.";
  page.line(found > 0 || unseen > 0 ? said + rest : page.style("good", said));
}

function line({ name, level, text, mend }: Check, page: Page): void {
  const [mark, tone] = MARKS[level];
  if (!page.terminal) {
    page.table({ columns: [], rows: [[level, name, text, mend ?? ""]] });
    return;
  }
  page.line(`${page.style(tone, mark)}: ${printable(text)}`, 2);
  if (mend !== null) page.line(`  → ${printable(mend)}`);
}
