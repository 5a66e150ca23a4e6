import { count } from "../../core/time.ts";
import type {
  DatabasePlace,
  HistoryReport,
  Places,
  RevisionLine,
} from "../../reports/revisions.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Cell, Column } from "../table.ts";
import { fit, pad, width } from "../width.ts";
import { ASCII_STROKES, drawGraph, type DrawnNode, UNICODE_STROKES } from "./graph.ts";

interface Signs {
  readonly applied: string;
  readonly pending: string;
  readonly unknown: string;
  readonly here: string;
  readonly cut: string;
}

const UNICODE: Signs = { applied: "●", pending: "○", unknown: "◌", here: "←", cut: "…" };
const ASCII: Signs = { applied: "*", pending: "o", unknown: "?", here: "<-", cut: "~" };

/** The graph of revisions for a person; a line of values for each in a pipe. */
export function showHistory(report: HistoryReport, page: Page, unicode: boolean): void {
  if (page.terminal) drawHistory(report, page, unicode);
  else page.table({ columns: COLUMNS, rows: report.revisions.map(row) });
}

const COLUMNS: readonly Column[] = ["REVISION", "STATE", "AT", "FOLLOWS", "LABELS", "WHAT"]
  .map((title) => ({ title }));

function row({ id, applied, at, down, labels, doc, head }: RevisionLine): Cell[] {
  const state = applied === null ? "unknown" : applied ? "applied" : "pending";
  const place = [...at, ...(head ? ["head"] : [])].join(",");
  return [id, state, place, down.join(","), labels.join(","), doc];
}

function drawHistory(report: HistoryReport, page: Page, unicode: boolean): void {
  const signs = unicode ? UNICODE : ASCII;
  const known = report.databases.length > 0;
  const sign = ({ applied }: RevisionLine) =>
    !known || applied ? signs.applied : applied === false ? signs.pending : signs.unknown;
  const nodes = report.revisions.map((line) => ({ ...line, parents: line.down }));
  const drawn = drawGraph(nodes, sign, unicode ? UNICODE_STROKES : ASCII_STROKES);
  const several = report.databases.length > 1;
  const lines = new NodeLines(page, drawn, signs, several);
  for (const node of drawn) lines.write(node);
  closing(report, page, signs);
}

type Drawn = DrawnNode<RevisionLine & { readonly parents: readonly string[] }>;

/** Writes the lines of each node, none wider than the page. */
class NodeLines {
  readonly #graph: number;
  readonly #id: number;

  constructor(
    readonly page: Page,
    drawn: readonly Drawn[],
    readonly signs: Signs,
    readonly several: boolean,
  ) {
    const widths = drawn.flatMap(({ before = "", line, after = "" }) => [before, line, after]);
    // A history of very many branches gets half of the page; text beside it tells more.
    this.#graph = Math.min(Math.max(0, ...widths.map(width)), Math.floor(page.columns / 2));
    this.#id = Math.max(0, ...drawn.map(({ node }) => width(printable(node.id))));
  }

  write({ node, before, line, below, after }: Drawn): void {
    if (before !== undefined) this.page.line(this.#lane(before).trimEnd());
    this.page.line(this.#main(line, node));
    if (after !== undefined) this.page.line(this.#lane(after).trimEnd());
    if (this.page.verbose) this.#details(below, node);
  }

  #main(line: string, { id, doc, at, head, labels, dependsOn }: RevisionLine): string {
    const { style, columns } = this.page;
    const { here } = this.signs;
    const tags = [
      ...labels.map((label) => ({ text: `[${printable(label)}]`, tone: "accent" as const })),
      ...(head ? [{ text: "(head)", tone: "accent" as const }] : []),
      ...dependsOn.map((one) => ({ text: `needs ${printable(one)}`, tone: "dim" as const })),
      ...(at.length > 0 ? [{ text: `${here} ${this.#at(at)}`, tone: "good" as const }] : []),
    ];
    const start = `${this.#lane(line)}  ${pad(printable(id), this.#id)}  `;
    const tagged = tags.reduce((sum, { text }) => sum + 1 + width(text), 0);
    const room = Math.max(0, columns - width(start) - tagged);
    const text = this.#cut(printable(doc), room);
    const plain = [start + text, ...tags.map((tag) => tag.text)].join(" ");
    // Where even the tags alone are too wide they are cut with the rest, and lose their colours.
    if (width(plain) > columns) return this.#cut(plain, columns);
    return [start + text, ...tags.map((tag) => style(tag.tone, tag.text))].join(" ").trimEnd();
  }

  #at(names: readonly string[]): string {
    return this.several ? names.map(printable).join(", ") : "database";
  }

  #details(below: string, { created, path, down }: RevisionLine): void {
    const values = [
      ...(created ? [`created  ${created}`] : []),
      `file     ${path.slice(path.lastIndexOf("/") + 1)}`,
      ...(down.length > 0 ? [`follows  ${down.join(", ")}`] : []),
    ];
    for (const value of values) {
      const start = `${this.#lane(below)}  `;
      const text = this.#cut(`  ${printable(value)}`, this.page.columns - width(start));
      this.page.line(start + this.page.style("dim", text));
    }
  }

  #lane(text: string): string {
    return pad(this.#cut(text, this.#graph), this.#graph);
  }

  #cut(text: string, columns: number): string {
    const cut = fit(text, columns);
    return cut === text || cut === "" ? cut : cut.slice(0, -1) + this.signs.cut;
  }
}

function closing(report: HistoryReport, page: Page, signs: Signs): void {
  const { revisions, leftOut } = report;
  if (revisions.length === 0) {
    page.line(leftOut > 0 ? "No revision in this range." : "No revisions.");
  }
  const states = new Set(revisions.map(({ applied }) => applied));
  if (states.has(true) && states.has(false)) {
    page.line(page.style("dim", `${signs.applied} applied  ${signs.pending} pending`));
  }
  if (leftOut > 0) page.line(page.style("dim", `${count(leftOut, "revision")} not in this range`));
  placeLines(report, page);
}

/** What a drawing cannot say of where the databases are. */
export function placeLines({ databases, unknown }: Places, page: Page): void {
  if (unknown) {
    const [reason = ""] = unknown.message.split("\n");
    page.line(page.style("warn", `Where the database is, is not known: ${printable(reason)}`));
  }
  for (const database of databases) {
    const text = oddPlace(database);
    if (text) page.line(page.style("warn", printable(text)));
  }
}

function oddPlace({ name, revisions }: DatabasePlace): string | undefined {
  if (revisions.length === 0) return `Nothing is applied to "${name}".`;
  const strange = revisions.filter(({ known }) => !known).map(({ id }) => id);
  if (strange.length === 0) return undefined;
  return `"${name}" is at ${strange.join(" and ")}, which the scripts do not have.`;
}
