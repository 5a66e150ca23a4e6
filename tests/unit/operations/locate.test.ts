import assert from "node:assert/strict";
import type { JournalEntry } from "../../../src/backups/journal_entry.ts";
import type { FingerprintRow } from "../../../src/backups/manifest.ts";
import { checkFoundPlace } from "../../../src/operations/doctor/place.ts";
import { alikePlaces, mayBeAlike } from "../../../src/operations/locate/alike.ts";
import { compareWith, unlikeText } from "../../../src/operations/locate/compare.ts";
import { verdictOn, worthNaming } from "../../../src/operations/locate/verdict.ts";
import { headsRemembered } from "../../../src/operations/stamp/remembered.ts";
import { fingerprintOf } from "../../../src/postgres/fingerprint.ts";
import type { Location, PossiblePlace } from "../../../src/reports/doctor.ts";
import { graphOf } from "../alembic/graphs.ts";

const TABLE = { foundIn: "Shop", name: "alembic_version" };
const VERSION: FingerprintRow[] = [
  ["column", '"Shop".alembic_version.version_num', "#1 character varying(32) NOT NULL"],
  ["constraint", 'alembic_version_pkc on "Shop".alembic_version', "p PRIMARY KEY (version_num)"],
  ["table", '"Shop".alembic_version', "r"],
];
const BIDS: FingerprintRow = ["table", "shop.bids", "r"];
const AMOUNT: FingerprintRow = ["column", "shop.bids.amount", "#1 integer"];

function compared(real: FingerprintRow[], ...states: FingerprintRow[][]) {
  const known = states.map((rows, at) => ({
    heads: at === 0 ? [] : [`rev${at}`],
    fingerprint: fingerprintOf(rows),
  }));
  const { likenesses, besides } = compareWith(fingerprintOf(real), known, TABLE);
  return {
    near: likenesses.map(({ heads, differences }) => [heads.join(), differences.length]),
    differences: likenesses[0]?.differences.map(unlikeText),
    besides: besides.map(({ kind, ident }) => `${kind} ${ident}`),
  };
}

Deno.test("compareWith() leaves out the version table, grants, publications and notes", () => {
  const grant: FingerprintRow = ["grant", "relation shop.bids", "app:SELECT"];
  const owner: FingerprintRow = ["~owner", "shop.bids", "someone"];
  const published: FingerprintRow = ["publication table", "p: shop.bids", "{}"];
  const real = [BIDS, grant, published, owner];
  const found = compared(real, [], [...VERSION, BIDS]);
  assert.deepEqual(found.near, [["rev1", 0], ["", 1]]);
  assert.deepEqual(found.besides, []);
});

Deno.test("compareWith() has the nearest first, and those as near in the revisions' order", () => {
  const found = compared([BIDS, AMOUNT], [], [BIDS], [BIDS, AMOUNT], [BIDS, AMOUNT]);
  assert.deepEqual(found.near, [["rev2", 0], ["rev3", 0], ["rev1", 1], ["", 2]]);
});

Deno.test("compareWith() does not let what no revision makes tell the revisions apart", () => {
  const index: FingerprintRow = ["index", "shop.by_hand on shop.bids", "…"];
  const found = compared([BIDS, index], [], [BIDS], [BIDS, AMOUNT]);
  assert.deepEqual(found.near[0], ["rev1", 0]);
  assert.deepEqual(found.besides, ["index shop.by_hand on shop.bids"]);
});

Deno.test("compareWith() says what differs, seen from the database", () => {
  const bigger: FingerprintRow = ["column", "shop.bids.amount", "#1 bigint"];
  const lot: FingerprintRow = ["table", "shop.lots", "r"];
  assert.deepEqual(compared([BIDS, bigger], [BIDS, AMOUNT, lot]).differences, [
    "the type of shop.bids.amount (bigint instead of integer)",
    "table shop.lots is missing",
  ]);
});

Deno.test("headsRemembered() has each place of a schema once, the newest first", () => {
  const outcome = (
    heads: string[],
    fingerprint: string,
    operation: JournalEntry["operation"] = "upgrade",
    ok = true,
  ): JournalEntry => ({
    ...{ v: 1, at: "2026-11-22T14:00:00Z", run: "run", id: "run.1", operation },
    ...{ step: "apply", kind: "outcome", ok, data: { heads, fingerprint } },
  });
  const entries = [
    outcome(["one"], "same"),
    outcome(["two"], "same"),
    outcome(["one"], "same", "downgrade"),
    outcome(["three"], "other"),
    outcome(["four"], "same", "stamp"),
    outcome(["five"], "same", "upgrade", false),
  ];
  assert.deepEqual(headsRemembered(entries, "same"), [["one"], ["two"]]);
  assert.deepEqual(headsRemembered(entries, "unseen"), []);
});

function like(id: string, more: Partial<PossiblePlace> = {}): PossiblePlace {
  const doc = { one: "open", two: "price" }[id];
  const text = doc ? `${id} (${doc})` : id;
  return { heads: [id], text, differences: [], sameObjects: true, reordered: [], ...more };
}

const PLACE: Location = {
  ...{ by: "replay", verdict: "equal", current: ["gone"], besides: [], failures: [], left: [] },
  candidates: [like("one")],
  stamps: ["oakum stamp --purge one"],
  made: [],
  tablesWithoutVersion: false,
};

Deno.test("checkFoundPlace() always has a command, unless all is well", () => {
  assert.equal(checkFoundPlace(PLACE).mend, "oakum stamp --purge one");
  const known = checkFoundPlace({ ...PLACE, by: "journal" });
  assert.match(known.text, /^The schema is exactly what oakum left at one \(open\)\. The version/);
  const fine = checkFoundPlace({ ...PLACE, verdict: "in-step", current: ["one"], stamps: [] });
  assert.deepEqual([fine.level, fine.mend], ["ok", null]);
  const right = { ...PLACE, current: ["one"], stamps: [], besides: ["table shop.lots"] };
  const besides = checkFoundPlace({ ...right, verdict: "besides" });
  assert.match(besides.text, /besides what no revision makes: table shop\.lots\./);
  assert.equal(besides.level, "warning");
  assert.match(besides.mend ?? "", /^The version table is right\./);
});

Deno.test("checkFoundPlace() offers no stamp where the right revision may not have been looked at", () => {
  const failures = [{ revision: "two", message: "It broke." }];
  const left = {
    ...PLACE,
    verdict: "nearest",
    stamps: [],
    failures,
    left: ["two", "three"],
  } as const;
  const { text, mend } = checkFoundPlace(left);
  assert.match(
    text,
    /Revision two could not be replayed: It broke\. So nobody looked at three either\.$/,
  );
  assert.match(mend ?? "", /^No stamp is safe before .* whether two was applied: .*oakum show two/);
});

Deno.test("checkFoundPlace() calls nothing trouble that the version table may well say rightly", () => {
  const failures = [{ revision: "two", message: "No row was found." }];
  const open: Location = {
    ...PLACE,
    verdict: "not-known",
    ...{ current: ["two"], left: ["two"] },
    failures,
    stamps: [],
  };
  const alike = checkFoundPlace({ ...open, candidates: [like("one"), like("two")] });
  assert.deepEqual([alike.level, alike.mend], ["ok", null]);
  assert.equal(
    alike.text,
    "The version table says two. Revision two could not be replayed: No row was found. The schema " +
      "is that of one (open); two may look the same, so nothing speaks against the version table.",
  );
  const besides = ["column shop.bids.note"];
  const unlike = checkFoundPlace({ ...open, besides });
  assert.equal(unlike.level, "warning");
  assert.match(
    unlike.text,
    /its schema is not known\. It is nearest to that of one .*bids\.note\.$/,
  );
  assert.doesNotMatch(unlike.mend ?? "", /stamp/);
});

Deno.test("checkFoundPlace() asks for the data where several revisions look alike", () => {
  const stamps = ["oakum stamp one", "oakum stamp two"];
  const { level, mend } = checkFoundPlace({
    ...PLACE,
    candidates: [like("one"), like("two")],
    stamps,
  });
  assert.equal(level, "trouble");
  assert.equal(
    mend,
    "Only the data tells which was applied last: see what each does (oakum show one; oakum show " +
      "two), then say it: oakum stamp one, or oakum stamp two",
  );
});

Deno.test("checkFoundPlace() says first that the app made its tables itself, and what to stamp", () => {
  const differences = ["the type of shop.bids.note (text instead of character varying)"];
  const found = like("one", { differences, reordered: ["shop.bids"] });
  const place: Location = {
    ...PLACE,
    verdict: "nearest",
    ...{ current: [], candidates: [found], stamps: ["oakum stamp one"] },
    tablesWithoutVersion: true,
  };
  const { text, mend } = checkFoundPlace(place);
  assert.match(text, /^There are tables, and no version .*the app makes its own/);
  assert.match(
    text,
    /is that of one \(open\) but for the order of the columns of shop\.bids; the type of shop\.bids\.note/,
  );
  assert.equal(mend, "oakum stamp one");
  const missing = { ...found, differences: ["table shop.lots is missing"], sameObjects: false };
  const asked = checkFoundPlace({ ...place, candidates: [missing] });
  assert.equal(asked.mend, "If what differs is meant, or is mended: oakum stamp one");
  const versioned = checkFoundPlace({ ...place, tablesWithoutVersion: false, current: ["gone"] });
  assert.match(versioned.mend ?? "", /^If what differs is meant/);
});

const GRAPH = graphOf([
  { id: "one" },
  { id: "two", down: ["one"] },
  { id: "left", down: ["two"] },
  { id: "right", down: ["two"] },
  { id: "join", down: ["left", "right"], upgrade: "empty" },
]);

Deno.test("worthNaming() takes the version table's word, and else passes over what does nothing", () => {
  const all = [["two"], ["left", "right"], ["join"]];
  assert.deepEqual(worthNaming(GRAPH, ["left", "right"], all), [["left", "right"]]);
  assert.deepEqual(worthNaming(GRAPH, ["gone"], all), [["two"], ["join"]]);
  assert.deepEqual(worthNaming(GRAPH, ["one"], all.toReversed()), [["join"], ["two"]]);
});

Deno.test("verdictOn() purges only where a plain stamp would not do", () => {
  const stampsFor = (current: string[], ...found: string[][]) =>
    verdictOn(GRAPH, current, { found, how: "equal", left: [] });
  assert.deepEqual(stampsFor(["join"], ["two"]).stamps, ["oakum stamp two"]);
  assert.deepEqual(stampsFor(["left"], ["right"]).stamps, ["oakum stamp --purge right"]);
  assert.deepEqual(stampsFor(["gone"], []).stamps, ["oakum stamp --purge base"]);
  assert.deepEqual(stampsFor(["one"], []).stamps, ["oakum stamp base"]);
  assert.deepEqual(stampsFor(["one"], ["one"]), { verdict: "in-step", stamps: [] });
});

Deno.test("verdictOn() offers no stamp where anything was not replayed, and none without a trace", () => {
  const one = { found: [["one"]], how: "equal", left: ["two", "left"] } as const;
  const not = { verdict: "not-known", stamps: [] };
  assert.deepEqual(verdictOn(GRAPH, ["two"], one), not);
  assert.deepEqual(verdictOn(GRAPH, ["left"], one), not);
  assert.deepEqual(verdictOn(GRAPH, ["gone"], one), { verdict: "equal", stamps: [] });
  assert.deepEqual(verdictOn(GRAPH, [], one), { verdict: "equal", stamps: [] });
  assert.deepEqual(verdictOn(GRAPH, ["one"], one), { verdict: "in-step", stamps: [] });
  const foreign = { found: [[]], how: "besides", left: [] } as const;
  assert.deepEqual(verdictOn(GRAPH, ["gone"], foreign), { verdict: "besides", stamps: [] });
});

Deno.test("alikePlaces() has the places that a replay in one order passed by", () => {
  const silent = new Set(["right"]);
  const heads = (found: string[][]) =>
    alikePlaces(GRAPH, found, silent).map((one) => one.toSorted().join("+"));
  assert.deepEqual(heads([["left", "right"]]), ["left+right", "left"]);
  assert.deepEqual(heads([["two"]]), ["two", "right"]);
  assert.deepEqual(heads([["join"]]), ["join"]);
});

Deno.test("mayBeAlike() passes over what changes no schema and what was never replayed", () => {
  const open = { silent: new Set(["two"]), unknown: new Set(["left"]) };
  const alike = (place: string[], found: string[]) => mayBeAlike(GRAPH, place, [found], open);
  assert.ok(alike(["left"], ["one"]));
  assert.ok(alike(["one"], ["two"]));
  assert.ok(!alike(["right"], ["one"]));
  assert.ok(!alike(["one"], ["left"]));
  assert.ok(!alike(["left"], []));
});

Deno.test("compareWith() takes the order of columns for no difference, and says of which tables", () => {
  const column = (name: string, at: number, type = "integer"): FingerprintRow => [
    ...["column", `shop."b.i.d"."${name}"`, `#${at} ${type} NOT NULL`] as const,
  ];
  const table: FingerprintRow = ["table", 'shop."b.i.d"', "r"];
  const state = [column("a.x", 1), column("b", 2), column("c", 3, "character varying"), table];
  const real = [
    column("a.x", 3),
    column("b", 1),
    column("by hand", 2),
    column("c", 4, "text"),
    table,
  ];
  const known = [{ heads: ["rev"], fingerprint: fingerprintOf(state) }];
  const [near] = compareWith(fingerprintOf(real), known, TABLE).likenesses;
  assert.deepEqual(near?.reordered, ['shop."b.i.d"']);
  assert.deepEqual(near.differences.map(unlikeText), [
    'the type of shop."b.i.d"."c" (text instead of character varying)',
  ]);
  const shifted = [column("a.x", 2), column("b", 3), column("by hand", 1), table];
  assert.deepEqual(compareWith(fingerprintOf(shifted), known, TABLE).likenesses[0]?.reordered, []);
});

Deno.test("compareWith() names the revisions that change no schema", () => {
  const states = [
    { heads: [], fingerprint: fingerprintOf([]) },
    { heads: ["one"], by: "one", fingerprint: fingerprintOf([...VERSION]) },
    { heads: ["two"], by: "two", fingerprint: fingerprintOf([...VERSION, BIDS]) },
    { heads: ["data"], by: "data", fingerprint: fingerprintOf([...VERSION, BIDS]) },
  ];
  const { silent } = compareWith(fingerprintOf([]), states, TABLE);
  assert.deepEqual([...silent], ["one", "data"]);
});

Deno.test("checkFoundPlace() does not print hundreds of differences", () => {
  const differences = Array.from({ length: 40 }, (_, at) => `table shop.t${at} is missing`);
  const candidates = [like("one", { differences, sameObjects: false })];
  const { text } = checkFoundPlace({ ...PLACE, verdict: "nearest", candidates });
  assert.match(text, /table shop\.t9 is missing; and 30 more\./);
});
