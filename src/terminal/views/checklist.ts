import { count } from "../../core/time.ts";
import {
  type Checklist,
  type ChecklistItem,
  type ChecklistState,
  itemText,
  MARKS,
  rollbackText,
} from "../../reports/checklist.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Tone } from "../style.ts";

const TONES: Readonly<Record<ChecklistState, Tone>> = {
  yes: "good",
  no: "bad",
  open: "dim",
  unknown: "warn",
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
  for (const [at, step] of rollback.entries()) {
    page.line(printable(`  ${at + 1}. ${rollbackText(step)}`), 5);
  }
}

function itemLine(item: ChecklistItem, page: Page): string {
  const { state } = item;
  return `  ${page.style(TONES[state], MARKS[state])} ${printable(itemText(item))}`;
}
