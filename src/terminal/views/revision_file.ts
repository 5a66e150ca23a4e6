import type { NewFile, RevisionReport } from "../../reports/revision_file.ts";
import type { RevisionName } from "../../reports/revisions.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { showChanges } from "./check.ts";

/** The new file, what is in it and what to do next; the path alone in a pipe. */
export function showRevisionFile(report: RevisionReport, page: Page): void {
  const { files, changes, renames, notes, written } = report;
  if (!page.terminal) return files.forEach(({ path }) => page.line(printable(path)));
  if (files.length === 0) page.line("No file: env.py made no revision.");
  for (const file of files) fileLines(file, written, page);
  if (report.verb === "merge") mergeLines(report, page);
  if (changes && changes.length > 0) showChanges(changes, renames, page, "It holds");
  if (changes?.length === 0) {
    page.line(page.style("warn", "The models and the database agree: the revision is empty."));
  }
  for (const note of notes) page.line(page.style("warn", printable(note)));
}

const PLACES = {
  mounted: "in the folder that the app has mounted",
  source: "in the folder that the app's image is built from",
  copied: "copied out of the app",
} as const;

function fileLines({ revision, path, place }: NewFile, written: boolean, page: Page): void {
  const text = written ? `Made revision ${revision}` : `Would make a revision`;
  page.line(`${page.style("good", printable(text))}, ${PLACES[place]}:`);
  page.line(`  ${printable(path)}`);
}

function mergeLines({ joins, commonAncestors }: RevisionReport, page: Page): void {
  for (const one of joins) page.line(`  joins   ${nameText(one)}`);
  for (const one of commonAncestors) page.line(`  part at ${nameText(one)}`);
  if (commonAncestors.length === 0) page.line("  They have no revision in common.");
}

function nameText({ id, doc }: RevisionName): string {
  return printable(doc ? `${id}  ${doc}` : id);
}
