import { size } from "../../core/sizes.ts";
import { duration } from "../../core/time.ts";
import type { RehearsalReport, RehearsedRevision } from "../../reports/rehearsal.ts";
import { untoldDrift } from "../../reports/rehearsal_app.ts";
import { measuredText, nextText } from "../../reports/rehearsal_next.ts";
import { outcomeText, reached, rehearsedText, standing } from "../../reports/rehearsal_verdict.ts";
import {
  DOWNGRADE,
  lockedOutText,
  number,
  rewritten,
  rowsChanged,
} from "../../reports/rehearsal_words.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Tone } from "../style.ts";
import type { Cell } from "../table.ts";
import { showDrift, showTrials } from "./rehearsal_end.ts";
import { showFinding } from "./rehearsal_finding.ts";
import { showRevision } from "./rehearsal_revision.ts";

const TONES = { passed: "good", warnings: "warn", failed: "bad" } as const;

/** What a rehearsal found out: its verdict, a line for each revision, then why, and what to do. */
export function showRehearsal(report: RehearsalReport, page: Page): void {
  const text = `${rehearsedText(report, (at) => page.time(at))}: `;
  const outcome = printable(`${outcomeText(report)}.`);
  page.line(printable(text) + page.style(TONES[report.verdict], outcome));
  if (report.revisions.length > 0) {
    page.table({ columns: COLUMNS, rows: report.revisions.map(row) });
  }
  page.line(page.style("dim", printable(measuredText(report))));
  for (const revision of report.revisions) showRevision(revision, page);
  if (report.findings.length > 0) page.line();
  for (const finding of report.findings) showFinding(finding, page);
  showDrift(untoldDrift(report), page);
  showTrials(report.trials, page);
  for (const warning of report.warnings) page.line(page.style("warn", printable(warning)));
  page.line();
  page.line(printable(nextText(report)));
}

const COLUMNS = [
  { title: "" },
  { title: "REVISION", shrink: true, least: 12 },
  { title: "WHAT", shrink: true, least: 12 },
  { title: "TOOK", align: "right" },
  { title: "LOCKS OUT" },
  { title: "REWRITES", shrink: true, least: 10, spare: true },
  { title: "ROWS", align: "right" },
  { title: "DOWN" },
] as const;

const MARKS = {
  good: { text: "✓", tone: "good" },
  warn: { text: "!", tone: "warn" },
  bad: { text: "✗", tone: "bad" },
  unreached: "·",
} as const;

function row(revision: RehearsedRevision): Cell[] {
  const { revision: id, doc, upgrade } = revision;
  const mark = MARKS[standing(revision)];
  if (!reached(revision)) return [mark, id, doc, "", "not reached", "", "", ""];
  const down = downCell(revision);
  if (!upgrade) return [mark, id, doc, "", "", "", "", down];
  const tables = rewritten(upgrade).map(({ table, bytes }) => `${table} ${size(bytes)}`);
  const rows = rowsChanged(upgrade);
  return [
    ...[mark, id, doc, duration(upgrade.tookMs), lockedOutText(upgrade)],
    ...[tables.join(", "), rows > 0 ? number(rows) : "", down],
  ];
}

function downCell({ downgrade: { verdict } }: RehearsedRevision): Cell {
  const text = DOWNGRADE[verdict];
  const tones: Partial<Record<typeof verdict, Tone>> = {
    lossy: "warn",
    differs: "warn",
    fails: "bad",
  };
  const tone = tones[verdict];
  return tone ? { text, tone } : text;
}
