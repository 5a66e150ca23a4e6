import { size } from "../core/sizes.ts";
import { count, duration, rfc3339 } from "../core/time.ts";
import { markdownBlock, markdownCode, markdownTable, markdownText } from "./markdown.ts";
import type { Finding, RehearsalReport, RehearsedRevision } from "./rehearsal.ts";
import { driftText, outputEnd, trialText, untoldDrift } from "./rehearsal_app.ts";
import {
  factsOf,
  failureBehind,
  isTelling,
  type NamedFailure,
  untoldFailures,
} from "./rehearsal_facts.ts";
import { measuredText, nextText } from "./rehearsal_next.ts";
import { outcomeText, reached, rehearsedText, standing } from "./rehearsal_verdict.ts";
import { DOWNGRADE, lockedOutText, number, rewritten, rowsChanged } from "./rehearsal_words.ts";

/** GitHub takes 65,536 characters as a comment; other forges take more. */
const MOST = 60_000;
const OUTPUT_LINES = 40;
/** Of one block of code: a fix is far shorter, an output may be one endless line. */
const BLOCK_MOST = 8000;

const VERDICTS = { passed: "✅", warnings: "⚠️", failed: "❌" } as const;
const MARKS = { good: "✅", warn: "⚠️", bad: "❌", unreached: "·" } as const;

/** The report as Markdown, for a pull request's comment or a job's summary. */
export function rehearsalMarkdown(report: RehearsalReport): string {
  const { verdict, revisions, findings, warnings } = report;
  const title = `## ${VERDICTS[verdict]} Rehearsal: ${markdownText(outcomeText(report))}`;
  const parts = [
    title,
    `${markdownText(rehearsedText(report, rfc3339))}. ${markdownText(measuredText(report))}`,
    ...revisions.length > 0 ? [table(revisions)] : [],
    ...revisions.filter(isTelling).map(revisionPart),
    ...findings.length > 0
      ? [["### The whole", ...findings.map((each) => findingPart(each))].join("\n\n")]
      : [],
    ...driftPart(report),
    ...trialsPart(report),
    ...warnings.map((warning) => `⚠️ ${markdownText(warning)}`),
  ];
  return `${fitting(parts, markdownText(nextText(report)))}\n`;
}

/** As many parts as a comment can hold, and a word on those that it cannot. */
function fitting(parts: readonly string[], last: string): string {
  const fits: string[] = [];
  let room = MOST;
  for (const part of parts) {
    if (part.length > room) continue;
    fits.push(part);
    room -= part.length;
  }
  const left = count(parts.length - fits.length, "part");
  const note = `${left} left out, since a comment holds no more; \`--format text\` has everything.`;
  return [...fits, ...fits.length < parts.length ? [note] : [], last].join("\n\n");
}

const COLUMNS = [
  { title: "" },
  { title: "Revision" },
  { title: "What" },
  { title: "Took", right: true },
  { title: "Locks out" },
  { title: "Rewrites" },
  { title: "Rows", right: true },
  { title: "Downgrade" },
] as const;

function table(revisions: readonly RehearsedRevision[]): string {
  return markdownTable(COLUMNS, revisions.map(row));
}

function row(revision: RehearsedRevision): string[] {
  const { revision: id, doc, upgrade, downgrade } = revision;
  const names = [MARKS[standing(revision)], markdownText(id), markdownText(doc)];
  if (!upgrade) {
    const how = reached(revision) ? DOWNGRADE[downgrade.verdict] : "not reached";
    return [...names, "", "", "", "", how];
  }
  const tables = rewritten(upgrade).map(({ table, bytes }) =>
    `${markdownText(table)} ${size(bytes)}`
  );
  return [
    ...[...names, duration(upgrade.tookMs), lockedOutText(upgrade), tables.join(", ")],
    ...[number(rowsChanged(upgrade)), DOWNGRADE[downgrade.verdict]],
  ];
}

function revisionPart(revision: RehearsedRevision): string {
  const { revision: id, doc, findings } = revision;
  const facts = factsOf(revision).map((fact) => `- ${markdownText(fact)}`).join("\n");
  return [
    `### ${markdownCode(id)} ${markdownText(doc)}`,
    ...facts === "" ? [] : [facts],
    ...untoldFailures(revision).map(failurePart),
    ...findings.map((finding) => findingPart(finding, revision)),
  ].join("\n\n");
}

function failurePart({ what, failure }: NamedFailure): string {
  const { message, details } = failure;
  const text = `❌ **${markdownText(what)}**: ${markdownText(message)}${place(failure)}`;
  return [text, ...details.length > 0 ? [block(details.join("\n"), "text")] : []].join("\n\n");
}

function findingPart(finding: Finding, revision?: RehearsedRevision): string {
  const { rule, level, allowed, text, fix } = finding;
  const failure = revision && failureBehind(finding, revision);
  const details = failure?.details ?? [];
  const mark = allowed ? "☑️" : level === "fail" ? "❌" : "⚠️";
  const name = `${mark} **${markdownText(rule)}**${allowed ? " (allowed)" : ""}`;
  const said = [
    `${name}: ${markdownText(text)}${place(finding)}`,
    ...details.length > 0 ? [block(details.join("\n"), "text")] : [],
  ];
  if (allowed) return said.join("\n\n");
  const off = `${markdownCode(`${rule}: off`)} below \`rehearsal.rules\` in \`oakum.yaml\``;
  const once = level === "fail" ? `${markdownCode(`--allow ${rule}`)}, or ` : "";
  const final = failure !== undefined && failure === revision?.failure;
  return [
    ...said,
    ...fix === null ? [] : ["Safer:", block(fix, languageOf(fix))],
    ...final ? [] : [`To accept it: ${once}${off}.`],
  ].join("\n\n");
}

/** A command of oakum's, perhaps below a remark, or lines of a revision. */
function languageOf(fix: string): "sh" | "python" {
  const code = fix.split("\n").filter((line) => !line.startsWith("#"));
  return code.length > 0 && code.every((line) => line.startsWith("oakum ")) ? "sh" : "python";
}

function place({ file, line }: { readonly file: string | null; readonly line: number | null }) {
  if (file === null) return "";
  return ` (${markdownCode(line === null ? file : `${file}:${line}`)})`;
}

function driftPart(report: RehearsalReport): string[] {
  const drift = untoldDrift(report);
  if (!drift) return [];
  const operations = drift.fresh.map((operation) => `- ${markdownText(operation)}`).join("\n");
  const text = markdownText(driftText(drift));
  return [["### Models", text, ...operations === "" ? [] : [operations]].join("\n\n")];
}

function trialsPart({ trials }: RehearsalReport): string[] {
  if (trials.length === 0) return [];
  const said = trials.flatMap((trial) => {
    const text = `${trial.ok ? "✅" : "❌"} ${markdownText(trialText(trial))}`;
    const end = trial.ok ? "" : outputEnd(trial, OUTPUT_LINES);
    return end === "" ? [text] : [text, block(end, "text")];
  });
  return [["### The app on the new schema", ...said].join("\n\n")];
}

/** The end of the text: what went wrong stands there. */
function block(text: string, language: string): string {
  return markdownBlock(text.slice(-BLOCK_MOST), language);
}
