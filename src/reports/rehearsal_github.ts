import { printable, printableLines } from "../core/printable.ts";
import { rfc3339 } from "../core/time.ts";
import type { Finding, RehearsalReport, RehearsedRevision } from "./rehearsal.ts";
import { trialText } from "./rehearsal_app.ts";
import { failureBehind, untoldFailures } from "./rehearsal_facts.ts";
import { outcomeText, rehearsedText, stops, trialFinding } from "./rehearsal_verdict.ts";
import type { HostPath } from "./repository_places.ts";

interface Annotation {
  readonly command: "error" | "warning" | "notice";
  readonly title: string;
  readonly text: string;
  readonly file?: string | null;
  readonly line?: number | null;
}

/** The report as commands of GitHub's runner, which shows them at their lines; errors first. */
export function rehearsalGithub(report: RehearsalReport, hostPath: HostPath): string {
  const annotations = [
    ...failures(report),
    ...report.revisions.flatMap(ofRevision),
    ...report.findings.map((finding) => ofFinding(finding)),
    ...warnings(report),
  ];
  const rank = { error: 0, warning: 1, notice: 2 } as const;
  // GitHub shows the first ten of each kind.
  const sorted = [verdict(report), ...annotations]
    .toSorted((a, b) => rank[a.command] - rank[b.command]);
  return sorted.map((each) => `${line(each, hostPath)}\n`).join("");
}

function verdict(report: RehearsalReport): Annotation {
  const command = { passed: "notice", warnings: "warning", failed: "error" } as const;
  const text = `${rehearsedText(report, rfc3339)}: ${outcomeText(report)}.`;
  return { command: command[report.verdict], title: "Rehearsal", text };
}

/** What failed and no finding tells of. */
function failures(report: RehearsalReport): Annotation[] {
  const steps = report.revisions.flatMap((revision) =>
    untoldFailures(revision).map(({ what, failure }): Annotation => ({
      // What is wrong with a way back is judged by rules; a revision that fails is always an error.
      command: failure === revision.failure ? "error" : "warning",
      title: `${revision.revision}: ${what}`,
      text: [failure.message, ...failure.details].join("\n"),
      file: failure.file ?? revision.file,
      line: failure.line,
    }))
  );
  const unjudged = report.trials.filter((trial) => !trial.ok && !trialFinding(report, trial));
  const trials = unjudged.map((trial): Annotation => ({
    ...{ command: "notice", title: "App", text: trialText(trial) },
  }));
  return [...steps, ...trials];
}

function ofRevision(revision: RehearsedRevision): Annotation[] {
  return revision.findings.map((finding) => {
    const placed = { ...finding, file: finding.file ?? revision.file };
    return ofFinding(placed, failureBehind(finding, revision)?.details);
  });
}

function ofFinding(finding: Finding, details: readonly string[] = []): Annotation {
  const { rule, allowed, text, fix, revision, file, line } = finding;
  const command = stops(finding) ? "error" : allowed ? "notice" : "warning";
  const title = revision === null ? rule : `${revision}: ${rule}`;
  const safer = fix === null || allowed ? [] : ["", "Safer:", fix];
  return { command, title, text: [text, ...details, ...safer].join("\n"), file, line };
}

function warnings(report: RehearsalReport): Annotation[] {
  return report.warnings.map((text) => ({ command: "warning", title: "Rehearsal", text }));
}

function line({ command, title, text, file, line }: Annotation, hostPath: HostPath): string {
  const path = file === null || file === undefined ? undefined : hostPath(file);
  const place = path === undefined ? [] : [
    `file=${property(path)}`,
    ...line === null || line === undefined ? [] : [`line=${line}`],
  ];
  return `::${command} ${[...place, `title=${property(title)}`].join(",")}::${data(text)}`;
}

/** What the runner would read as the end of a property is escaped as its toolkit does. */
function property(text: string): string {
  return data(printable(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function data(text: string): string {
  return printableLines(text)
    .replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
