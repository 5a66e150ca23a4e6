import assert from "node:assert/strict";
import fc from "fast-check";
import type { RevisionGraph } from "../../../../src/migrators/alembic/revisions.ts";
import { isUnicode } from "../../../../src/terminal/locale.ts";
import { showHistory } from "../../../../src/terminal/views/history.ts";
import {
  ASCII_STROKES,
  drawGraph,
  type GraphNode,
  UNICODE_STROKES,
} from "../../../../src/terminal/views/graph.ts";
import { width } from "../../../../src/terminal/width.ts";
import { auction, branches, graphOf, type Sketch } from "../../alembic/graphs.ts";
import { historyOf, written } from "./reports.ts";

const TANGLE: readonly Sketch[] = [
  { id: "a" },
  ...["b", "c", "d"].map((id) => ({ id, down: ["a"] })),
  { id: "e", down: ["b", "c", "d"] },
  { id: "f", down: ["b"] },
  { id: "g", down: ["c"] },
  { id: "h", down: ["f", "g"] },
  { id: "i", down: ["e"] },
];

const CROSSED: readonly Sketch[] = [
  { id: "a" },
  ...["b", "c"].map((id) => ({ id, down: ["a"] })),
  ...["m1", "m2"].map((id) => ({ id, down: ["b", "c"] })),
  { id: "t", down: ["m1", "m2"] },
];

/** The lines of a drawing, as one text that begins with a line feed. */
function drawing(sketches: readonly Sketch[], unicode = true): string {
  const graph = graphOf(sketches);
  const ids = graph.inOrder(new Set(graph.revisions.map(({ id }) => id))).toReversed();
  const nodes = ids.map((id) => ({ id, parents: graph.get(id).down }));
  const strokes = unicode ? UNICODE_STROKES : ASCII_STROKES;
  const drawn = drawGraph(nodes, () => unicode ? "●" : "*", strokes);
  return drawn.flatMap(({ node, before, line, after }) => [
    ...(before === undefined ? [] : [`\n${before}`]),
    `\n${line.padEnd(8)} ${node.id}`,
    ...(after === undefined ? [] : [`\n${after}`]),
  ]).join("");
}

Deno.test("drawGraph() draws a merge and where its branches part", () => {
  assert.equal(
    drawing(auction),
    `
●        fff666
●        eee555
├─╮
● │      ccc333
│ ●      ddd444
├─╯
●        bbb222
●        aaa111`,
  );
});

Deno.test("drawGraph() keeps lines apart that have nothing to do with each other", () => {
  assert.equal(
    drawing(branches),
    `
●        shop3
●        shop2
●        shop1

●        bank3
●        bank2
●        bank1`,
  );
});

Deno.test("drawGraph() joins more than two, and passes over lines in between", () => {
  assert.equal(
    drawing(TANGLE),
    `
●        h
├─╮
● │      f
│ ●      g
│ │ ●    i
│ │ ●    e
│ │ ├─┬─╮
├─│─╯ │ │
● │   │ │ b
│ ├───╯ │
│ ●     │ c
│ │     ● d
├─┴─────╯
●        a`,
  );
});

Deno.test("drawGraph() draws merges of the same two branches, in ASCII too", () => {
  assert.equal(
    drawing(CROSSED, false),
    `
*        t
|-.
* |      m1
|-|-.
| * |    m2
| |-|-.
|-' | |
*   | |  b
|   |-'
|   *    c
|---'
*        a`,
  );
});

/** A random history: each revision follows up to three older ones. */
const histories = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((lists) =>
    lists.map((list, at): Sketch => ({
      id: `r${at}`,
      down: [...new Set(at === 0 ? [] : list.map((n) => `r${n % at}`))],
    }))
  );

Deno.test("drawGraph() connects each revision to those that it follows and to no other", () => {
  fc.assert(
    fc.property(histories, (sketches) => {
      const graph = graphOf(sketches);
      assert.deepEqual(connections(graph), parentsOf(graph));
    }),
    { numRuns: 300 },
  );
});

function parentsOf(graph: RevisionGraph): Record<string, string[]> {
  return Object.fromEntries(graph.revisions.map(({ id, down }) => [id, [...down].sort()]));
}

const SIDES: Readonly<Record<string, string>> = {
  "│": "ud",
  "├": "udr",
  "╯": "ul",
  "╮": "dl",
  "─": "lr",
  "┬": "dlr",
  "┴": "ulr",
};

/** Reads a drawing back: follows the strokes from each node down to the nodes that they reach. */
function connections(graph: RevisionGraph): Record<string, string[]> {
  const ids = graph.inOrder(new Set(graph.revisions.map(({ id }) => id))).toReversed();
  const nodes: GraphNode[] = ids.map((id) => ({ id, parents: graph.get(id).down }));
  const rows: string[] = [];
  const places = new Map<string, string>();
  for (const { node, before, line, after } of drawGraph(nodes, () => "●", UNICODE_STROKES)) {
    if (before !== undefined) rows.push(before);
    places.set(`${rows.push(line) - 1}:${line.indexOf("●")}`, node.id);
    if (after !== undefined) rows.push(after);
  }
  const found = [...places].map(([place, id]) => {
    const [row = 0, column = 0] = place.split(":").map(Number);
    return [id, [...reached(rows, places, row, column)].sort()];
  });
  return Object.fromEntries(found);
}

function reached(
  rows: readonly string[],
  places: ReadonlyMap<string, string>,
  row: number,
  column: number,
): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const walk = (at: number, to: number, from: string): void => {
    const key = `${at}:${to}:${from}`;
    const node = places.get(`${at}:${to}`);
    if (node) return void found.add(node);
    const character = rows[at]?.[to] ?? " ";
    const sides = SIDES[character] ?? "";
    if (seen.has(key)) return;
    seen.add(key);
    // A plain vertical line that a horizontal stroke meets lets it pass.
    if (character === "│" && (from === "l" || from === "r")) {
      return walk(at, to + (from === "l" ? 1 : -1), from);
    }
    if (!sides.includes(from)) return;
    for (const side of sides) {
      if (side === from || side === "u") continue;
      if (side === "d") walk(at + 1, to, "u");
      else walk(at, to + (side === "l" ? -1 : 1), side === "l" ? "r" : "l");
    }
  };
  walk(row + 1, column, "u");
  return found;
}

Deno.test("showHistory() marks what is applied, the head and where the database is", () => {
  const report = historyOf(auction, { shop: ["ddd444"] });
  assert.equal(
    written((page) => showHistory(report, page, true)),
    `○    fff666  rename a column (head)
○    eee555  merge
├─╮
○ │  ccc333  give artworks a status
│ ●  ddd444  create payments ← database
├─╯
●    bbb222  create bids
●    aaa111  create users
● applied  ○ pending
`,
  );
});

Deno.test("showHistory() keeps to ASCII where the locale has nothing else", () => {
  const report = historyOf(auction, { shop: ["ddd444"] });
  const text = written((page) => showHistory(report, page, false), { columns: 38 });
  assert.match(text, /^o {4}fff666 {2}rename a column \(head\)\n/);
  assert.match(text, /\| \* {2}ddd444 {2}create payme~ <- database\n/);
  // deno-lint-ignore no-control-regex -- all of ASCII
  assert.match(text, /^[\x00-\x7f]*$/);
});

Deno.test("showHistory() names labels, needs, and each of several databases", () => {
  const report = historyOf(branches, { shop: ["shop2"], bank: [] });
  const text = written((page) => showHistory(report, page, true));
  assert.match(text, /shop3 {3}\(head\) needs bank2\n/);
  assert.match(text, /shop1 {3}\[shop\]\n/);
  assert.match(text, /shop2 {3}← shop\n/);
  assert.match(text, /^Nothing is applied to "bank"\.$/m);
});

Deno.test("showHistory() says why it does not know where the database is", () => {
  const known = historyOf(auction, {});
  const unknown = { code: "app-cannot-connect", message: "No route to db.\nenv.py:12: connect()" };
  const text = written((page) => showHistory({ ...known, unknown }, page, true));
  assert.match(text, /^● {4}fff666/);
  assert.match(text, /^Where the database is, is not known: No route to db\.$/m);
});

Deno.test("showHistory() tells what is in each revision with --verbose", () => {
  const text = written((page) => showHistory(historyOf(auction, {}), page, true), {
    verbose: true,
  });
  assert.match(text, /^├─╮\n│ │ {4}file {5}eee555\.py\n│ │ {4}follows {2}ccc333, ddd444$/m);
});

Deno.test("showHistory() writes values with tabs into a pipe", () => {
  const report = historyOf(auction.slice(0, 2), { shop: ["aaa111"] });
  const text = written((page) => showHistory(report, page, true), { terminal: false });
  assert.equal(
    text,
    "bbb222\tpending\thead\taaa111\t\tcreate bids\naaa111\tapplied\tshop\t\t\tcreate users\n",
  );
});

Deno.test("showHistory() is never wider than the terminal, whatever the history", () => {
  const docs = fc.string({ unit: "grapheme", maxLength: 120 });
  fc.assert(
    fc.property(histories, docs, fc.integer({ min: 30, max: 100 }), (sketches, doc, columns) => {
      const told = sketches.map((sketch) => ({ ...sketch, doc, labels: [`on-${sketch.id}`] }));
      const report = historyOf(told, { shop: ["r0"] });
      const text = written((page) => showHistory(report, page, true), { columns, verbose: true });
      for (const line of text.split("\n")) assert.ok(width(line) <= columns, line);
    }),
    { numRuns: 100 },
  );
});

Deno.test("isUnicode() goes by the first locale variable that is set", () => {
  const of = (values: Record<string, string>) => isUnicode((name) => values[name]);
  assert.equal(of({}), false);
  assert.equal(of({ LANG: "en_GB.UTF-8" }), true);
  assert.equal(of({ LANG: "de_DE.utf8" }), true);
  assert.equal(of({ LC_ALL: "C", LANG: "en_GB.UTF-8" }), false);
  assert.equal(of({ LC_ALL: "", LC_CTYPE: "C.UTF-8", LANG: "C" }), true);
});
