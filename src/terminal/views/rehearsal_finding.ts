import { printable, printableLines } from "../../core/printable.ts";
import type { Finding, StepFailure } from "../../reports/rehearsal.ts";
import type { Page } from "../page.ts";
import type { Tone } from "../style.ts";

/** What a finding rests on. */
interface Grounds {
  /** The details of the step that failed. */
  readonly details: readonly string[];
  /** The upgrade itself failed: nothing can be accepted. */
  readonly final: boolean;
}

/** A finding: its rule, what and why, where, what to write instead, and how to accept it. */
export function showFinding(
  finding: Finding,
  page: Page,
  { details, final }: Grounds = { details: [], final: false },
): void {
  const { rule, level, allowed, text, fix } = finding;
  const [mark, tone]: [string, Tone] = allowed
    ? ["·", "dim"]
    : level === "fail"
    ? ["✗", "bad"]
    : ["!", "warn"];
  const name = allowed ? `${rule}, allowed` : rule;
  page.line(`  ${page.style(tone, printable(`${mark} ${name}`))}: ${printable(text)}`, 4);
  showPlace(finding, page);
  for (const detail of details) showLines(detail, page, 6);
  if (allowed) return;
  if (fix !== null) {
    page.line("    Safer:");
    showLines(fix, page, 6);
  }
  if (!final) page.line(`    To accept it: ${optOut(finding)}.`, 4);
}

/** What accepts a finding: once by name where it stops, and for good in the settings. */
function optOut({ rule, level }: Finding): string {
  const settings = `\`rehearsal.rules\` in oakum.yaml, \`${rule}: off\``;
  return level === "fail" ? `\`--allow ${rule}\`, or ${settings}` : settings;
}

/** Why a step failed, with the project's own words and lines. */
export function showStepFailure(what: string, failure: StepFailure, page: Page): void {
  page.line(`  ${page.style("bad", `✗ ${what}`)}: ${printable(failure.message)}`, 4);
  showPlace(failure, page);
  for (const detail of failure.details) showLines(detail, page, 6);
}

interface Place {
  readonly file: string | null;
  readonly line: number | null;
}

function showPlace({ file, line }: Place, page: Page): void {
  if (file === null) return;
  page.line(`    ${page.style("dim", printable(line === null ? file : `${file}:${line}`))}`);
}

/** Text of several lines as it is, to be copied, so far from the left. */
export function showLines(text: string, page: Page, indent: number): void {
  for (const line of printableLines(text).trimEnd().split("\n")) {
    page.verbatim(`${" ".repeat(indent)}${line}`.trimEnd());
  }
}
