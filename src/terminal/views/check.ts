import { count } from "../../core/time.ts";
import type { CheckReport, ModelChange, PossibleRename } from "../../reports/check.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { revisions } from "./backup.ts";

/** What a check found, in words. */
export function showCheck(report: CheckReport, page: Page): void {
  const { heads, pending, unknown, changes, renames, agrees, notes, target } = report;
  if (!page.terminal) return page.table({ columns: PIPED, rows: findings(report) });
  if (agrees) {
    const text = `The models and "${printable(target.database)}" agree`;
    page.line(`${page.style("good", text)}, at ${revisions(heads)}.`);
  }
  if (unknown.length > 0) {
    page.line(page.style("bad", `The scripts do not have ${printable(unknown.join(", "))}.`));
  }
  if (pending.length > 0) {
    page.line(page.style("warn", `${count(pending.length, "revision")} to apply first:`));
    page.table({
      columns: [{ title: "REVISION" }, { title: "WHAT", shrink: true }],
      rows: pending.map(({ id, doc }) => [id, doc ?? ""]),
    });
  }
  if (changes === null) page.line("The models were not compared: the database is not at the head.");
  else if (changes.length > 0) showChanges(changes, renames, page, "A new revision would hold");
  for (const note of notes) page.line(page.style("warn", printable(note)));
}

const PIPED = [{ title: "FINDING" }, { title: "WHAT" }];

/** A line for each finding, for programs that read lines. */
function findings({ pending, unknown, changes }: CheckReport): string[][] {
  return [
    ...unknown.map((id) => ["unknown", id]),
    ...pending.map(({ id }) => ["pending", id]),
    ...(changes ?? []).map(({ kind, text }) => [kind, text]),
  ];
}

/** What autogenerate would do, or did; what may be a rename stands out. */
export function showChanges(
  changes: readonly ModelChange[],
  renames: readonly PossibleRename[],
  page: Page,
  beginning: string,
): void {
  page.line(`${beginning} ${count(changes.length, "change")}:`);
  for (const { text } of changes) page.line(`  ${printable(text)}`);
  for (const { kind, table, from, to } of renames) {
    const thing = table === null ? `${kind} ${from}` : `${kind} ${table}.${from}`;
    const text = `Is ${thing} now called ${to}? Autogenerate cannot tell: as it stands, its data ` +
      "would be dropped. Write a rename by hand.";
    page.line(page.style("warn", printable(text)));
  }
}
