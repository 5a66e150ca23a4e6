import { count } from "../core/time.ts";
import type {
  AppTrial,
  Finding,
  RehearsalData,
  RehearsalReport,
  RehearsedRevision,
} from "./rehearsal.ts";

/** Everything that was found: of each revision, then about the whole. */
export function allFindings(
  { revisions, findings }: Pick<RehearsalReport, "revisions" | "findings">,
): Finding[] {
  return [...revisions.flatMap((revision) => revision.findings), ...findings];
}

/** Whether the finding stops an upgrade. */
export function stops({ level, allowed }: Finding): boolean {
  return level === "fail" && !allowed;
}

/** Whether the rehearsal came as far as this revision. */
export function reached({ upgrade, failure }: RehearsedRevision): boolean {
  return upgrade !== null || failure !== null;
}

/** Whether the revision was applied, and all of it. */
export function cameThrough({ upgrade, failure }: RehearsedRevision): boolean {
  return upgrade !== null && failure === null;
}

/**
 * `failed` where a revision did not come through, which no rule and nobody can accept, or with a
 * finding of that level that is not allowed; `warnings` with one of the other.
 */
export function verdictOf(
  report: Pick<RehearsalReport, "revisions" | "findings">,
): RehearsalReport["verdict"] {
  const open = allFindings(report).filter(({ allowed }) => !allowed);
  if (!report.revisions.every(cameThrough) || open.some(stops)) return "failed";
  return open.length > 0 ? "warnings" : "passed";
}

/** How a revision came through. */
export function standing(revision: RehearsedRevision): "good" | "warn" | "bad" | "unreached" {
  if (revision.failure !== null || revision.findings.some(stops)) return "bad";
  if (!reached(revision)) return "unreached";
  return revision.findings.some(({ allowed }) => !allowed) ? "warn" : "good";
}

/** What was rehearsed on what: `Rehearsed 2 revisions on a copy of backup …, data of 02:00`. */
export function rehearsedText(report: RehearsalReport, time: (instant: Date) => string): string {
  const { revisions, data } = report;
  const done = revisions.filter(reached).length;
  const some = done < revisions.length ? `${done} of ${revisions.length} revisions` : undefined;
  const what = revisions.length === 0 ? "no revision" : some ?? count(done, "revision");
  return `Rehearsed ${what} on ${dataText(data, time)}`;
}

/** `a copy of backup …, data of 02:00`. */
export function dataText(
  { source, name, takenAt }: RehearsalData,
  time: (instant: Date) => string,
): string {
  const when = takenAt === null ? "" : `, data of ${time(new Date(takenAt))}`;
  return `${DATA[source](name ?? "?")}${when}`;
}

const DATA = {
  backup: (name: string) => `a copy of backup ${name}`,
  file: (name: string) => `a copy of ${name}`,
  empty: () => "an empty database",
} as const;

/** How it ended, as the end of a sentence: `1 finding stops the upgrade, 2 warnings`. */
export function outcomeText(report: RehearsalReport): string {
  const findings = allFindings(report);
  const stopping = findings.filter(stops).length;
  const allowed = findings.filter((finding) => finding.allowed).length;
  const warnings = findings.length - stopping - allowed;
  const verb = stopping === 1 ? "stops" : "stop";
  const said = [
    ...broken(report),
    ...stopping > 0 ? [`${count(stopping, "finding")} ${verb} the upgrade`] : [],
  ];
  // What else is pending, or is applied already, decides of the upgrade as well.
  const whole = report.unseen.length === 0 && report.takenBack.length === 0;
  const nothing = whole ? "nothing stops the upgrade" : "nothing stops it";
  const good = warnings > 0 ? nothing : "nothing found";
  return [
    ...said.length > 0 ? said : [report.verdict === "failed" ? "it did not pass" : good],
    ...warnings > 0 ? [count(warnings, "warning")] : [],
    ...allowed > 0 ? [`${count(allowed, "finding")} allowed by name`] : [],
  ].join(", ");
}

/** What failed by itself, whatever the rules say of it. */
function broken({ revisions }: RehearsalReport): string[] {
  const revision = revisions.find(({ failure }) => failure !== null);
  return revision ? [`${revision.revision} fails`] : [];
}

const TRIAL_RULES = { run: "app-command-fails", health: "app-unhealthy" } as const;

/** The finding that tells of a trial; none of one that passed, or whose rule is off. */
export function trialFinding(
  { findings }: RehearsalReport,
  { what, ok }: AppTrial,
): Finding | undefined {
  return ok ? undefined : findings.find(({ rule }) => rule === TRIAL_RULES[what]);
}

/** The rules whose findings stop the upgrade, each once. */
export function stoppingRules(report: RehearsalReport): string[] {
  return [...new Set(allFindings(report).filter(stops).map(({ rule }) => rule))];
}
