import { duration } from "../../core/time.ts";
import type { RehearsedRevision, TracedStatement } from "../../reports/rehearsal.ts";
import {
  factsOf,
  failureBehind,
  isTelling,
  untoldFailures,
} from "../../reports/rehearsal_facts.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { showFinding, showStepFailure } from "./rehearsal_finding.ts";

/** What there is to say of a revision that its line in the table does not. */
export function showRevision(revision: RehearsedRevision, page: Page): void {
  if (!page.verbose && !isTelling(revision)) return;
  const { revision: id, doc, upgrade, changes, findings } = revision;
  page.line();
  page.line(`${page.style("accent", printable(id))}  ${printable(doc)}`, 2);
  const facts = page.verbose ? [...factsOf(revision), ...changes] : factsOf(revision);
  for (const fact of facts) page.line(`  ${printable(fact)}`, 4);
  if (page.verbose) { for (const each of upgrade?.statements ?? []) showStatement(each, page); }
  for (const { what, failure } of untoldFailures(revision)) showStepFailure(what, failure, page);
  for (const finding of findings) {
    const failure = failureBehind(finding, revision);
    const details = failure?.details ?? [];
    showFinding(finding, page, { details, final: failure === revision.failure && !!failure });
  }
}

function showStatement({ sql, ms, count, file, line }: TracedStatement, page: Page): void {
  const times = count > 1 ? `, ${count} times` : "";
  const at = file === null ? "" : ` (${file}${line === null ? "" : `:${line}`})`;
  page.line(printable(`  ${duration(ms)}${times}: ${sql}${at}`), 4);
}
