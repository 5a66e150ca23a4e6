import type { RevisionDetail, RevisionName, ShowReport } from "../../reports/revisions.ts";
import type { Page } from "../page.ts";
import { defused } from "../printable.ts";
import type { Cell } from "../table.ts";
import { placeLines } from "./history.ts";

/** Revisions with all that is known of them, and their text where it was asked for. */
export function showRevisions(report: ShowReport, page: Page): void {
  for (const [at, revision] of report.revisions.entries()) {
    if (at > 0) page.line();
    page.fields(fields(revision, page));
    const more = furtherText(revision);
    if (more !== "" && page.terminal) paragraph(more, page);
    if (revision.source !== null) paragraph(revision.source.trimEnd(), page);
    else if (page.verbose) page.line("Its text cannot be read from the container.");
  }
  if (page.terminal) placeLines(report, page);
}

function fields(revision: RevisionDetail, page: Page): (readonly [string, Cell])[] {
  const { id, doc, head, labels, created, path, sha256, parents, children } = revision;
  const many = (title: string, names: readonly RevisionName[]): [string, Cell][] =>
    names.length > 0 ? [[title, names.map(nameText).join("\n")]] : [];
  return [
    ["revision", { text: head ? `${id} (head)` : id, tone: "accent" }],
    ["what", doc],
    ["state", stateCell(revision, page)],
    ...(labels.length > 0 ? [["labels", labels.join(", ")]] as [string, Cell][] : []),
    ...many("follows", parents),
    ...(parents.length === 0 ? [["follows", "nothing: it is a base"]] as [string, Cell][] : []),
    ...many("followed by", children),
    ...many("needs", revision.needs),
    ...many("needed by", revision.neededBy),
    ["upgrade", functionCell("upgrade", revision)],
    ["downgrade", functionCell("downgrade", revision)],
    ...(created === null ? [] : [["created", created]] as [string, Cell][]),
    ["file", path],
    ["sha256", sha256],
  ];
}

function nameText({ id, doc }: RevisionName): string {
  return doc ? `${id}  ${doc}` : id;
}

function stateCell({ applied, appliedAt, edited, at }: RevisionDetail, page: Page): Cell {
  if (applied === null) return { text: "unknown", tone: "warn" };
  if (!applied) return { text: "pending", tone: "warn" };
  const when = appliedAt === null ? "" : ` ${page.time(new Date(appliedAt))}`;
  if (edited) return { text: `applied${when}; its file was edited since`, tone: "bad" };
  const here = at.length > 0 ? ", and the database is at it" : "";
  return { text: `applied${when}${here}`, tone: "good" };
}

const WITHOUT_CODE = {
  empty: "empty: it changes nothing but the version",
  raises: "raises an error by design",
  missing: "missing",
} as const;

function functionCell(which: "upgrade" | "downgrade", revision: RevisionDetail): Cell {
  const kind = revision[which];
  if (kind !== "code") return { text: WITHOUT_CODE[kind], tone: "warn" };
  return revision.autocommit ? "code, in a file that uses autocommit_block" : "code";
}

/** What a person wrote below the first line; Alembic's own lines are shown in fields. */
function furtherText({ docstring, doc }: RevisionDetail): string {
  const [first = "", ...lines] = docstring.trim().split("\n");
  const own = /^(Revision ID|Revises|Create Date|Branch Labels|Depends On)\s*:/i;
  const rest = lines.filter((line) => !own.test(line)).join("\n").trim();
  return first.trim() === doc.trim() ? rest : `${first}\n${rest}`.trim();
}

function paragraph(text: string, page: Page): void {
  page.line();
  for (const line of text.split("\n")) page.verbatim(`  ${defused(line, false)}`.trimEnd());
  page.line();
}
