import { count } from "../../core/time.ts";
import { branchSentences } from "../../migrators/alembic/branches.ts";
import type {
  CurrentReport,
  CurrentRevision,
  DatabasePlace,
  HeadsReport,
  RevisionLine,
} from "../../reports/revisions.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Cell, Column } from "../table.ts";

/** The revisions that each database is at, and how far that is from the heads. */
export function showCurrent({ databases, heads }: CurrentReport, page: Page): void {
  if (!page.terminal) return page.table({ columns: PIPED, rows: databases.flatMap(rows) });
  for (const database of databases) {
    if (databases.length > 1) page.line(page.style("strong", printable(database.name)));
    for (const revision of database.revisions) page.line(revisionText(revision, page));
    if (database.revisions.length === 0) page.line("base: nothing is applied");
    page.fields(fields(database, heads.length));
  }
}

const PIPED: readonly Column[] = ["REVISION", "STATE", "WHAT", "DATABASE"]
  .map((title) => ({ title }));

function rows({ name, revisions }: DatabasePlace): Cell[][] {
  return revisions.map(({ id, doc, known, head }) => {
    const state = head ? "head" : known ? "behind" : "unknown";
    return [id, state, doc ?? "", name];
  });
}

function revisionText({ id, doc, known, head }: CurrentRevision, { style }: Page): string {
  const mark = head ? ` ${style("accent", "(head)")}` : "";
  if (known) return `${printable(id)}${mark}  ${printable(doc ?? "")}`.trimEnd();
  return `${printable(id)}  ${style("bad", "the scripts do not have it")}`;
}

function fields(
  { versionTable: { schema, name, exists }, pending, atHeads }: DatabasePlace,
  heads: number,
): (readonly [string, Cell])[] {
  const table = schema === null ? name : `${schema}.${name}`;
  const at: Cell = atHeads
    ? { text: heads > 1 ? `at all ${heads} heads` : "at the head", tone: "good" }
    : pending === null
    ? { text: "unknown: see oakum history", tone: "warn" }
    : { text: `${count(pending, "revision")} to apply: oakum upgrade`, tone: "warn" };
  return [["pending", at], ["version table", exists ? table : `${table}, not made yet`]];
}

const HEADS: readonly Column[] = [
  { title: "HEAD" },
  { title: "WHAT", shrink: true },
  { title: "LABELS" },
  { title: "NEEDS" },
];

/** The revisions that nothing comes after. */
export function showHeads({ heads, branches }: HeadsReport, page: Page): void {
  if (heads.length === 0 && page.terminal) page.line("No revisions.");
  else page.table({ columns: usedColumns(heads, page), rows: heads.map((head) => row(head)) });
  if (page.verbose) heads.forEach(({ id, path }) => page.line(printable(`${id}  ${path}`)));
  if (!branches || !page.terminal) return;
  for (const sentence of branchSentences(branches)) page.line(printable(sentence));
  page.line(`Join them: ${printable(branches.merge)}`);
}

function row({ id, doc, labels, dependsOn }: RevisionLine): Cell[] {
  return [id, doc, labels.join(", "), dependsOn.join(", ")];
}

/** Most projects have no labels and no dependencies: a person sees no columns for them. */
function usedColumns(heads: readonly RevisionLine[], { terminal }: Page): readonly Column[] {
  if (!terminal || heads.some(({ dependsOn }) => dependsOn.length > 0)) return HEADS;
  return heads.some(({ labels }) => labels.length > 0) ? HEADS.slice(0, 3) : HEADS.slice(0, 2);
}
