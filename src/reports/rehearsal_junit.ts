import type { AppTrial, Finding, RehearsalReport, RehearsedRevision } from "./rehearsal.ts";
import { driftText, trialText, untoldDrift } from "./rehearsal_app.ts";
import { factsOf, failureBehind, type NamedFailure, untoldFailures } from "./rehearsal_facts.ts";
import { measuredText } from "./rehearsal_next.ts";
import { outcomeText, reached, stops, trialFinding } from "./rehearsal_verdict.ts";
import { element, xmlText } from "./xml.ts";

/** One test of the suite: what it says, and why it failed where it did. */
interface Case {
  readonly name: string;
  readonly file?: string | undefined;
  readonly tookMs: number;
  readonly result: "passed" | "failure" | "error" | "skipped";
  /** The rules or the kind of error that are to blame. */
  readonly type?: string;
  readonly message?: string;
  /** Why it is as it is. */
  readonly text?: string;
  /** What else there is to read. */
  readonly said?: string;
}

/** The report as JUnit's XML: the rehearsal is the suite, each revision a test in it. */
export function rehearsalJunit(report: RehearsalReport): string {
  const { target, revisions, trials, rehearsedAt, tookMs } = report;
  const className = `${target.project}.${target.service}.${target.database}`;
  const cases = [
    ...revisions.map(revisionCase),
    ...trials.map((trial) => trialCase(report, trial)),
    wholeCase(report),
  ];
  const of = (result: Case["result"]) => cases.filter((each) => each.result === result).length;
  const counts = {
    ...{ tests: cases.length, failures: of("failure"), errors: of("error") },
    ...{ skipped: of("skipped"), time: seconds(tookMs) },
  };
  const suite = element(
    "testsuite",
    { name: "rehearsal", ...counts, timestamp: rehearsedAt },
    cases.map((each) => `\n    ${caseElement(className, each)}`).concat("\n  "),
  );
  const all = element("testsuites", { name: "oakum", ...counts }, [`\n  ${suite}\n`]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${all}\n`;
}

function caseElement(classname: string, each: Case): string {
  const { name, file, tookMs, result, type, message, text = "", said = "" } = each;
  const body = (words: string) => words === "" ? [] : [xmlText(words)];
  const inside = [
    ...result === "passed" ? [] : [element(result, { type, message }, body(text))],
    ...said === "" ? [] : [element("system-out", {}, body(said))],
  ];
  return element("testcase", { name, classname, file, time: seconds(tookMs) }, inside);
}

function revisionCase(revision: RehearsedRevision): Case {
  const { revision: id, doc, file, upgrade, failure, findings } = revision;
  const stopping = findings.filter(stops);
  const failures = untoldFailures(revision).map(failureText);
  const told = (finding: Finding) =>
    [findingText(finding), ...failureBehind(finding, revision)?.details ?? []].join("\n");
  const rest = findings.filter((finding) => !stops(finding)).map(told);
  const said = [...factsOf(revision), ...rest].join("\n");
  const common = { name: `${id} ${doc}`, file, tookMs: upgrade?.tookMs ?? 0, said };
  if (!reached(revision)) return { ...common, result: "skipped", message: "not reached" };
  const text = [...stopping.map(told), ...failures].join("\n");
  if (stopping.length > 0) return { ...common, result: "failure", ...blame(stopping), text };
  if (!failure) return { ...common, result: "passed", said: [said, text].join("\n").trim() };
  return { ...common, result: "error", type: failure.kind, message: failure.message, text };
}

function trialCase(report: RehearsalReport, trial: AppTrial): Case {
  const { what, command, ok, tookMs, output } = trial;
  const common = { name: `${what}: ${command}`, tookMs };
  const finding = trialFinding(report, trial);
  const message = trialText(trial);
  if (finding && stops(finding)) {
    return { ...common, said: output, result: "failure", type: what, message };
  }
  return { ...common, result: "passed", said: ok ? output : `${message}\n${output}` };
}

/** What is about no single revision, so that a suite is never empty. */
function wholeCase(report: RehearsalReport): Case {
  const { findings, warnings } = report;
  const drift = untoldDrift(report);
  const stopping = findings.filter(stops);
  const said = [
    `${outcomeText(report)}.`,
    measuredText(report),
    ...findings.filter((finding) => !stops(finding)).map(findingText),
    ...drift ? [driftText(drift), ...drift.fresh.map((operation) => `  ${operation}`)] : [],
    ...warnings,
  ].join("\n");
  const common = { name: "the whole", tookMs: 0, said };
  if (stopping.length === 0) return { ...common, result: "passed" };
  const text = stopping.map(findingText).join("\n");
  return { ...common, result: "failure", ...blame(stopping), text };
}

function blame(stopping: readonly Finding[]): { readonly type: string; readonly message: string } {
  return {
    type: [...new Set(stopping.map(({ rule }) => rule))].join(" "),
    message: stopping.map(({ text }) => text).join(" "),
  };
}

function failureText({ what, failure }: NamedFailure): string {
  const { message, details } = failure;
  return [`${what}: ${message}${place(failure)}`, ...details].join("\n");
}

function findingText(finding: Finding): string {
  const { rule, level, allowed, text, fix } = finding;
  const said = `${allowed ? "allowed" : level} ${rule}: ${text}${place(finding)}`;
  return fix === null || allowed ? said : `${said}\nSafer:\n${fix}`;
}

function place({ file, line }: { readonly file: string | null; readonly line: number | null }) {
  if (file === null) return "";
  return ` (${line === null ? file : `${file}:${line}`})`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
