import { OakumError } from "../../../core/errors.ts";
import type { Finding, RehearsalReport } from "../../../reports/rehearsal.ts";

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

/** Throws where a rehearsal found what nobody has accepted, or did not come to its end. */
export function requireAccepted(report: RehearsalReport, judged: JudgedFindings): void {
  const { stopping, allowed } = judged;
  if (stopping.length > 0) throw stopped(stopping);
  const failed = report.revisions.find(({ failure }) => failure !== null);
  if (!failed?.failure || allowed.some(({ revision }) => revision === failed.revision)) return;
  throw new OakumError(
    "rehearsal-failed",
    "refused",
    `In the rehearsal ${failed.revision} failed: ${failed.failure.message}\n${UNTOUCHED}`,
    { hint: "Mend it; all of what was seen: oakum rehearse", data: { failure: failed.failure } },
  );
}

const UNTOUCHED = "The database was not touched.";

function stopped(findings: readonly Finding[]): OakumError {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  const lines = [
    "The rehearsal found what stops this upgrade:",
    ...findings.map(findingText),
    UNTOUCHED,
  ];
  const allow = rules.map((rule) => `--allow ${rule}`).join(" ");
  return new OakumError("rehearsal-failed", "refused", lines.join("\n"), {
    hint: `Mend the revision; all of what was seen, and a safer way of writing it: oakum ` +
      `rehearse. If it is right as it is: oakum upgrade ${allow}`,
    data: { findings },
  });
}

/** `4f1c09ab rewrite-over: users is rewritten, 15 MB.`, as a line of a list. */
export function findingText({ rule, revision, text }: Finding): string {
  return `  ${revision === null ? "" : `${revision} `}${rule}: ${text}`;
}
