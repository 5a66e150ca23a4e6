import { count } from "../../core/time.ts";
import type { Checklist, ChecklistItem, ChecklistState } from "../../reports/checklist.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Tone } from "../style.ts";

const MARKS: Readonly<Record<ChecklistState, readonly [mark: string, tone: Tone]>> = {
  yes: ["[x]", "good"],
  no: ["[!]", "bad"],
  open: ["[ ]", "dim"],
  unknown: ["[?]", "warn"],
};

/** The deployment checklist, and the rollback plan written out below it. */
export function showChecklist({ items, rollback }: Checklist, page: Page): void {
  const failing = items.filter(({ state }) => state === "no").length;
  const said = failing > 0
    ? `Checklist, ${count(failing, "line")} not as it should be:`
    : "Checklist:";
  page.line(failing > 0 ? page.style("bad", said) : said);
  for (const item of items) page.line(itemLine(item, page), 6);
  if (rollback.length === 0) return;
  page.line("If it has to be undone:");
  for (const [at, { text, command }] of rollback.entries()) {
    const typed = command === null ? "" : `: ${command}`;
    page.line(printable(`  ${at + 1}. ${text}${typed}`), 5);
  }
}

function itemLine({ text, state, detail }: ChecklistItem, page: Page): string {
  const [mark, tone] = MARKS[state];
  const more = detail === null ? "" : `: ${detail}`;
  return `  ${page.style(tone, mark)} ${printable(text + more)}`;
}
