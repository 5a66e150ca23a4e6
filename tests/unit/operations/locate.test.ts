import assert from "node:assert/strict";
import type { JournalEntry } from "../../../src/backups/journal_entry.ts";
import type { FingerprintRow } from "../../../src/backups/manifest.ts";
import { checkFoundPlace } from "../../../src/operations/doctor/place.ts";
import { compareWith, unlikeText } from "../../../src/operations/locate/compare.ts";
import { verdictOn, worthNaming } from "../../../src/operations/locate/verdict.ts";
import { headsRemembered } from "../../../src/operations/stamp/remembered.ts";
import { fingerprintOf } from "../../../src/postgres/fingerprint.ts";
import type { Location } from "../../../src/reports/doctor.ts";
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
    "column shop.bids.amount is #1 bigint instead of #1 integer",
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

const PLACE: Location = {
  ...{ by: "replay", verdict: "equal", current: ["gone"], besides: [], failures: [], left: [] },
  candidates: [{ heads: ["one"], text: "one (open)", differences: [] }],
  stamps: ["oakum stamp --purge one"],
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
  assert.match(besides.mend ?? "", /^The version table is right;/);
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
  assert.match(mend ?? "", /^See why .*: oakum rehearse --from-empty$/);
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
    verdictOn(GRAPH, current, found, "equal");
  assert.deepEqual(stampsFor(["join"], ["two"]).stamps, ["oakum stamp two"]);
  assert.deepEqual(stampsFor(["left"], ["right"]).stamps, ["oakum stamp --purge right"]);
  assert.deepEqual(stampsFor(["gone"], []).stamps, ["oakum stamp --purge base"]);
  assert.deepEqual(stampsFor(["one"], []).stamps, ["oakum stamp base"]);
  assert.deepEqual(stampsFor(["one"], ["one"]), { verdict: "in-step", stamps: [] });
});

Deno.test("checkFoundPlace() does not print hundreds of differences", () => {
  const differences = Array.from({ length: 40 }, (_, at) => `table shop.t${at} is missing`);
  const candidates = [{ heads: ["one"], text: "one", differences }];
  const { text } = checkFoundPlace({ ...PLACE, verdict: "nearest", candidates });
  assert.match(text, /table shop\.t9 is missing; and 30 more\./);
});
