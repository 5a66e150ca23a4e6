import { duration } from "../../core/time.ts";
import type {
  MeasuredStep,
  RehearsedDowngrade,
  RehearsedRevision,
  TracedStatement,
} from "../../reports/rehearsal.ts";
import {
  DOWNGRADE_SENTENCE,
  lockText,
  lossText,
  rewriteText,
  rewritten,
  rowsText,
  worstLock,
} from "../../reports/rehearsal_words.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { showFinding, showStepFailure } from "./rehearsal_finding.ts";

/** What there is to say of a revision that its line in the table does not. */
export function showRevision(revision: RehearsedRevision, page: Page): void {
  if (!page.verbose && !isTelling(revision)) return;
  const { revision: id, doc, upgrade, failure, changes, lost, downgrade, again } = revision;
  page.line();
  page.line(`${page.style("accent", printable(id))}  ${printable(doc)}`, 2);
  if (upgrade) showStep(upgrade, page);
  for (const loss of lost) fact(`takes away ${lossText(loss)}`, page);
  if (page.verbose) { for (const change of changes) fact(change, page); }
  if (failure) showStepFailure("it fails", failure, page);
  showDowngrade(downgrade, page);
  if (again?.failure) showStepFailure("up once more, it fails", again.failure, page);
  else if (again && !again.same) {
    fact("up once more, it makes another schema than the first time", page);
  }
  for (const finding of revision.findings) showFinding(finding, page);
}

/** Whether a person should read more of it than its line. */
function isTelling(
  { failure, lost, findings, downgrade, again, upgrade }: RehearsedRevision,
): boolean {
  return failure !== null || lost.length > 0 || findings.length > 0 ||
    DOWNGRADE_SENTENCE[downgrade.verdict] !== undefined ||
    again !== null && (again.failure !== null || !again.same) ||
    upgrade !== null && (rewritten(upgrade).length > 0 || upgrade.committedInside);
}

function showStep(step: MeasuredStep, page: Page): void {
  const lock = worstLock(step);
  if (lock) fact(lockText(lock), page);
  for (const table of rewritten(step)) fact(rewriteText(table), page);
  const rows = rowsText(step);
  if (rows !== undefined) fact(rows, page);
  if (step.committedInside) {
    fact("commits in the middle: a failure after that leaves half of it", page);
  }
  if (page.verbose) showStatements(step.statements, page);
}

function showStatements(statements: readonly TracedStatement[], page: Page): void {
  for (const { sql, ms, count, file, line } of statements) {
    const times = count > 1 ? ` (${count} times)` : "";
    const at = file === null ? "" : ` ${file}${line === null ? "" : `:${line}`}`;
    fact(`${duration(ms)}${times}  ${sql}${at}`, page);
  }
}

function showDowngrade(
  { verdict, failure, differences, lost }: RehearsedDowngrade,
  page: Page,
): void {
  const sentence = DOWNGRADE_SENTENCE[verdict];
  if (failure) showStepFailure(sentence ?? "its downgrade fails", failure, page);
  else if (sentence !== undefined) fact(sentence, page);
  for (const difference of differences) fact(difference, page, 4);
  for (const loss of lost) fact(`lost: ${lossText(loss)}`, page, 4);
}

function fact(text: string, page: Page, indent = 2): void {
  page.line(`${" ".repeat(indent)}${printable(text)}`, indent + 2);
}
