import { dirname } from "node:path";
import { messageOf, OakumError } from "../core/errors.ts";
import type { RehearsalReport } from "../reports/rehearsal.ts";
import { rehearsalGithub } from "../reports/rehearsal_github.ts";
import { rehearsalJunit } from "../reports/rehearsal_junit.ts";
import { rehearsalMarkdown } from "../reports/rehearsal_markdown.ts";
import { jsonDocument } from "../terminal/json.ts";
import { pageText } from "../terminal/page_text.ts";
import { showRehearsal } from "../terminal/views/rehearsal.ts";
import { type FileForm, fileForm, type RehearsalFormat } from "./rehearsal_options.ts";
import { onThisMachine, type Placed } from "./repository_paths.ts";
import type { Result, Session } from "./session.ts";

/** Where a rehearsal's report goes, and in which form. */
export interface ReportWish {
  readonly format: RehearsalFormat;
  /** A file, as typed. */
  readonly output: string | undefined;
  /** The stack's folder, for files that the current repository does not have. */
  readonly stack?: string | undefined;
}

/** Refuses a file that cannot be written before a long rehearsal, rather than after it. */
export async function requireWritableOutput(session: Session, output: string | undefined) {
  if (output === undefined) return;
  const path = session.path(output);
  const isFolder = (at: string) => Deno.stat(at).then((stat) => stat.isDirectory, () => false);
  if (await isFolder(path)) throw unwritable(path, "it is a folder");
  if (!await isFolder(dirname(path))) throw unwritable(path, "its folder does not exist");
}

/** The report where it was asked for: in a file, on stdout, or in both. */
export async function rehearsalResult(
  session: Session,
  rehearsed: RehearsalReport,
  { format, output, stack }: ReportWish,
): Promise<Result> {
  const { report, hostPath } = await onThisMachine(
    { directory: session.directory, stack },
    rehearsed,
  );
  const text = textOf({ report, hostPath }, format);
  const outcome = report.verdict === "failed" ? "finding" : "done";
  const shown: Result["text"] = text === undefined
    ? (page) => showRehearsal(report, page)
    : (page) => page.verbatim(text.trimEnd());
  if (output === undefined) return { outcome, report, text: shown };
  const form = fileForm(output, format);
  const trouble = await written(session, { report, hostPath }, form, session.path(output));
  return {
    // A pipeline that waits for the file must not take its absence for a good end.
    outcome: trouble === undefined ? outcome : "failed",
    report,
    text: (page) => {
      if (form === format) showRehearsal(report, page);
      else shown(page);
      if (trouble !== undefined) page.line(page.style("bad", trouble));
    },
  };
}

/** The report in a form that is not made for the terminal it is shown on. */
function textOf(
  { report, hostPath }: Placed<RehearsalReport>,
  format: RehearsalFormat,
): string | undefined {
  switch (format) {
    case "text":
      return undefined;
    case "markdown":
      return rehearsalMarkdown(report);
    case "junit":
      return rehearsalJunit(report);
    case "github":
      return rehearsalGithub(report, hostPath);
  }
}

/** Writes the report; what kept it from that is handed back, since the report must not be lost. */
async function written(
  session: Session,
  placed: Placed<RehearsalReport>,
  form: FileForm,
  path: string,
): Promise<string | undefined> {
  const { clock, globals: { verbose } } = session;
  const { report } = placed;
  const text = form === "json" ? `${jsonDocument(report, true)}\n` : textOf(placed, form) ??
    pageText((page) => showRehearsal(report, page), clock.now(), verbose);
  try {
    await Deno.writeTextFile(path, text);
    return undefined;
  } catch (error) {
    return `The report could not be written to "${path}" as a whole: ${messageOf(error)}`;
  }
}

function unwritable(path: string, why: string): OakumError {
  return new OakumError("output-unwritable", "refused", `"${path}" cannot be written: ${why}.`, {
    hint: "Name a file in a folder that is there: --output rehearsal.md",
    data: { file: path, why },
  });
}
