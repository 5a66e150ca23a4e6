import assert from "node:assert/strict";
import type { CheckReport } from "../../../../src/reports/check.ts";
import type { StampPlan } from "../../../../src/reports/migration.ts";
import type { RevisionReport } from "../../../../src/reports/revision_file.ts";
import type { RevisionDetail } from "../../../../src/reports/revisions.ts";
import { showCheck } from "../../../../src/terminal/views/check.ts";
import { showCurrent, showHeads } from "../../../../src/terminal/views/current.ts";
import { showRevisionFile } from "../../../../src/terminal/views/revision_file.ts";
import { showRevisions } from "../../../../src/terminal/views/show.ts";
import { showStamp } from "../../../../src/terminal/views/stamp.ts";
import { branchesOf } from "../../../../src/migrators/alembic/branches.ts";
import { branches, graphOf } from "../../alembic/graphs.ts";
import { historyOf, written } from "./reports.ts";

const TARGET = { project: "shop", service: "db", database: "shop" };

function currentText(heads: readonly string[], terminal = true): string {
  const { databases, revisions } = historyOf(branches, { shop: heads });
  const tops = revisions.filter(({ head }) => head);
  const report = { kind: "current", target: TARGET, app: "web", heads: tops, databases } as const;
  return written((page) => showCurrent(report, page), { terminal });
}

Deno.test("showCurrent() names each revision, what is pending and the version table", () => {
  assert.equal(
    currentText(["shop2", "bank3"]),
    `shop2
bank3 (head)
pending        1 revision to apply: oakum upgrade
version table  alembic_version
`,
  );
  assert.match(currentText([]), /^base: nothing is applied\npending +6 revisions/);
  assert.match(currentText(["shop3"]), /^pending +1 revision to apply/m);
});

Deno.test("showCurrent() says which revision the scripts do not have", () => {
  assert.match(currentText(["gone1"]), /^gone1 {2}the scripts do not have it\n/);
  assert.equal(
    currentText(["gone1", "bank3"], false),
    "gone1\tunknown\t\tshop\nbank3\thead\t\tshop\n",
  );
});

Deno.test("showHeads() has no columns for what no head has", () => {
  const heads = historyOf(branches, {}).revisions.filter(({ head }) => head);
  const show = (some: typeof heads) =>
    written((page) => {
      const parting = branchesOf(graphOf(branches), some.map(({ id }) => id));
      showHeads({ kind: "heads", app: "web", heads: some, branches: parting }, page);
    });
  assert.match(show(heads), /^HEAD +WHAT +LABELS +NEEDS\n/);
  assert.match(show(heads), /^They part at bank2\.\nOn the branch of shop3 since: .*shop3\.$/m);
  assert.match(show(heads), /Join them: oakum merge shop3 bank3\n$/);
  assert.match(show(heads.filter(({ id }) => id === "bank3")), /^HEAD +WHAT\nbank3\n$/);
});

const DETAIL: RevisionDetail = {
  ...historyOf(branches, { shop: ["shop2"] }).revisions.find(({ id }) => id === "shop2")!,
  doc: "sell things",
  docstring: "sell things\n\nIt took weeks.\n\nRevision ID: shop2\nRevises: shop1\n",
  parents: [{ id: "shop1", doc: "open the shop" }],
  children: [{ id: "shop3", doc: "close it" }],
  ...{ needs: [], neededBy: [], upgrade: "code", downgrade: "raises", autocommit: false },
  ...{ sha256: "0".repeat(64), appliedAt: "2026-11-22T14:39:14Z", edited: true, source: null },
};

function showText(detail: RevisionDetail, verbose = false): string {
  const { databases, unknown } = historyOf(branches, { shop: ["shop2"] });
  const report = { kind: "show", app: "web", databases, unknown, revisions: [detail] } as const;
  return written((page) => showRevisions(report, page), { verbose });
}

Deno.test("showRevisions() has the neighbours, the message below the first line, and what is odd", () => {
  const text = showText(DETAIL);
  assert.match(text, /^revision {5}shop2\nwhat {9}sell things\n/);
  assert.match(text, /^state +applied .*\(4 minutes ago\); its file was edited since$/m);
  assert.match(text, /^follows +shop1 {2}open the shop\nfollowed by +shop3 {2}close it$/m);
  assert.match(text, /^upgrade +code\ndowngrade +raises an error by design$/m);
  assert.match(text, /^ {2}It took weeks\.$/m);
  assert.doesNotMatch(text, /Revises: shop1/);
});

Deno.test("showRevisions() shows the text of a file, and nothing in it reaches the terminal", () => {
  const text = showText(
    { ...DETAIL, source: "def upgrade():\n    pass  # \x1b]0;title\x07\n" },
    true,
  );
  assert.match(text, /^ {2}def upgrade\(\):\n {6}pass {2}# \\x1b\]0;title\\x07$/m);
});

const CHECK: CheckReport = {
  ...{ kind: "check", target: TARGET, app: "web", heads: ["shop3"], pending: [], unknown: [] },
  ...{ changes: [], renames: [], notes: [], agrees: true },
};

const CHANGES = [
  { kind: "remove_column", table: "bids", column: "who", text: "remove column bids.who" },
  { kind: "add_column", table: "bids", column: "bidder", text: "add column bids.bidder TEXT" },
];

Deno.test("showCheck() says that all is well, or what a new revision would hold", () => {
  const show = (report: CheckReport, terminal = true) =>
    written((page) => showCheck(report, page), { terminal });
  assert.equal(show(CHECK), 'The models and "shop" agree, at shop3.\n');
  assert.equal(show(CHECK, false), "");
  const renames = [{ kind: "column", table: "bids", from: "who", to: "bidder" }] as const;
  const drifted = { ...CHECK, agrees: false, changes: CHANGES, renames };
  assert.match(
    show(drifted),
    /^A new revision would hold 2 changes:\n {2}remove column bids\.who\n/,
  );
  assert.match(show(drifted), /^Is column bids\.who now called bidder\?/m);
  assert.equal(show(drifted, false).split("\n")[0], "remove_column\tremove column bids.who");
});

Deno.test("showCheck() says which revisions are pending, and that nothing was compared", () => {
  const pending = [{ id: "shop3", doc: "close it" }];
  const behind = { ...CHECK, agrees: false, changes: null, pending };
  const text = written((page) => showCheck(behind, page));
  assert.match(text, /^1 revision to apply first:\n/);
  assert.match(text, /The models were not compared/);
});

const MADE: RevisionReport = {
  ...{ kind: "revision", verb: "revision", app: "web", written: true, joins: [] },
  files: [{
    ...{ revision: "new1", container: "/srv/app/versions/new1.py", place: "mounted" },
    ...{ path: "/home/me/shop/versions/new1.py", visible: true },
  }],
  ...{ commonAncestors: [], branches: null, changes: null, renames: [], notes: [] },
};

Deno.test("showRevisionFile() says where the file is; a pipe gets the path alone", () => {
  const show = (report: RevisionReport, terminal = true) =>
    written((page) => showRevisionFile(report, page), { terminal });
  const path = "/home/me/shop/versions/new1.py";
  const where = "in the folder that the app has mounted";
  assert.equal(show(MADE), `Made revision new1, ${where}:\n  ${path}\n`);
  assert.equal(show(MADE, false), `${path}\n`);
  assert.match(show({ ...MADE, written: false }), /^Would make a revision, /);
  assert.match(show({ ...MADE, changes: CHANGES }), /^It holds 2 changes:$/m);
  assert.match(show({ ...MADE, changes: [] }), /^The models and the database agree: .* empty\.$/m);
  assert.match(show({ ...MADE, files: [] }), /^No file: env\.py made no revision\.$/m);
});

Deno.test("showRevisionFile() names what a merge joins, and where it parts", () => {
  const joins = [{ id: "one", doc: "frame" }, { id: "two", doc: "price" }];
  const merge = { ...MADE, verb: "merge", joins } as const;
  const show = (report: RevisionReport) => written((page) => showRevisionFile(report, page));
  const commonAncestors = [{ id: "zero", doc: "paint" }];
  assert.match(
    show({ ...merge, commonAncestors }),
    /^ {2}joins {3}one {2}frame\n {2}joins {3}two {2}price\n {2}part at zero {2}paint$/m,
  );
  assert.match(show(merge), /^ {2}They have no revision in common\.$/m);
});

Deno.test("showStamp() says what counts from now on, and the way back", () => {
  const plan: StampPlan = {
    ...{ kind: "stamp-plan", target: TARGET, app: "web", from: ["one"], to: ["two"] },
    ...{ gained: [{ id: "two", doc: "sell" }], lost: [{ id: "one", doc: "buy" }], unknown: [] },
    warnings: ["Its schema was another one."],
  };
  const show = (report: Parameters<typeof showStamp>[0]) =>
    written((page) => showStamp(report, page));
  assert.match(show(plan), /^Would stamp "shop" from one to two, and run nothing\.\n/);
  assert.match(show(plan), /^two +sell +applied\none +buy +not applied$/m);
  assert.match(show(plan), /^Its schema was another one\.$/m);
  assert.match(
    show({ ...plan, kind: "stamp" }),
    /^Stamped .*\nTo go back: oakum stamp --purge one\n/s,
  );
  const lost = { ...plan, kind: "stamp", unknown: ["gone"] } as const;
  assert.doesNotMatch(show(lost), /To go back/);
});
