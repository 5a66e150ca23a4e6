import { OakumError } from "../../../core/errors.ts";
import type { Finding, RehearsalReport, RehearsedRevision } from "../../../reports/rehearsal.ts";
import { locateHint } from "../failure.ts";
import { cameThrough } from "../../../reports/rehearsal_verdict.ts";

/** What a rehearsal found, as this upgrade has to take it. */
export interface JudgedFindings {
  /** Those that stop it. */
  readonly stopping: readonly Finding[];
  /** Those that were accepted by name. */
  readonly allowed: readonly Finding[];
  /** Those that a person should know of before. */
  readonly warnings: readonly Finding[];
}

/** Judges findings by what this run allows: what another run allowed does not count here. */
export function judgeFindings(report: RehearsalReport, allow: readonly string[]): JudgedFindings {
  const all = [...report.findings, ...report.revisions.flatMap(({ findings }) => findings)];
  const isAllowed = ({ rule }: Finding) => allow.includes(rule);
  const open = all.filter((finding) => !isAllowed(finding));
  return {
    stopping: open.filter(({ level }) => level === "fail"),
    allowed: all.filter(isAllowed).map((finding) => ({ ...finding, allowed: true })),
    warnings: open.filter(({ level }) => level === "warn"),
  };
}

/**
 * The error where a rehearsal found what nobody has accepted, or did not come to its end: a revision
 * that fails on the copy fails on the data too, so that there is nothing to be accepted. `again` is
 * the command that asks for the same upgrade.
 */
export function whyNotAccepted(
  report: RehearsalReport,
  judged: JudgedFindings,
  again: string,
): OakumError | undefined {
  const failed = report.revisions.find((revision) => !cameThrough(revision));
  if (failed) return notThrough(failed, report.from, judged.stopping);
  return judged.stopping.length > 0 ? stopped(judged, again) : undefined;
}

function notThrough(
  { revision, failure }: RehearsedRevision,
  from: readonly string[],
  findings: readonly Finding[],
): OakumError {
  const why = failure ? `${revision} failed: ${failure.message}` : `${revision} was not reached.`;
  const lines = [`In the rehearsal ${why}`, ...findings.map(findingText)];
  return new OakumError("rehearsal-failed", "refused", lines.join("\n"), {
    hint: failure?.kind === "already-there"
      ? locateHint(from)
      : "Mend it; all of what was seen: oakum rehearse",
    data: { failure, findings },
  });
}

function stopped({ stopping: findings, allowed }: JudgedFindings, again: string): OakumError {
  const lines = ["The rehearsal found what stops this upgrade:", ...findings.map(findingText)];
  // Those that are allowed already have to be so the next time, too.
  const rules = [...new Set([...allowed, ...findings].map(({ rule }) => rule))];
  const allow = rules.map((rule) => `--allow ${rule}`).join(" ");
  return new OakumError("rehearsal-failed", "refused", lines.join("\n"), {
    hint: `Mend the revision; all of what was seen, and a safer way of writing it: oakum ` +
      `rehearse. If it is right as it is: ${again} ${allow}`,
    data: { findings },
  });
}

/** `4f1c09ab rewrite-over: users is rewritten, 15 MB.`, as a line of a list. */
export function findingText({ rule, revision, text }: Finding): string {
  return `  ${revision === null ? "" : `${revision} `}${rule}: ${text}`;
}
