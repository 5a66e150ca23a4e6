import assert from "node:assert/strict";
import type { FingerprintRow } from "../../../src/backups/manifest.ts";
import type { Step } from "../../../src/migrators/alembic/resolve.ts";
import type { Revision } from "../../../src/migrators/alembic/revisions.ts";
import { comparisonWith } from "../../../src/operations/migrate/as_rehearsed.ts";
import { withoutVersionTable } from "../../../src/operations/migrate/version_table.ts";
import {
  differenceHash,
  differenceText,
  fingerprintOf,
  schemaDifferences,
} from "../../../src/postgres/fingerprint.ts";
import { rehearsal, revision } from "./rehearsals.ts";

const TABLE = { foundIn: "public", name: "alembic_version" };
const USERS: FingerprintRow = ["table", "public.users", "kind r"];
const VERSIONS: FingerprintRow = ["table", "public.alembic_version", "kind r"];
const STEP = { direction: "upgrade", revision: { id: "aaaa1" } as Revision } as Step;

/** A view whose definition is longer than sentences show. */
function view(end: string): FingerprintRow {
  return ["view", "public.busy", `select ${"x".repeat(300)} ${end}`];
}

function picture(rows: readonly FingerprintRow[]) {
  return { heads: [], fingerprint: fingerprintOf(rows) };
}

/** A schema before a step and after it. */
type Schemas = readonly [FingerprintRow[], FingerprintRow[]];

/** Compares a step here, from rows to rows, with one in a rehearsal. */
function compared(here: Schemas, there: Schemas) {
  const [before, after] = there.map(fingerprintOf);
  const [then, now] = [before!, after!].map((one) => withoutVersionTable(one, TABLE));
  const differences = schemaDifferences(then!, now!);
  const rehearsed = revision("aaaa1", {
    changes: differences.map(differenceText),
    changeHashes: differences.map(differenceHash),
    fingerprintBefore: before!.sha256,
    fingerprintAfter: after!.sha256,
  });
  const comparison = comparisonWith(rehearsal({ revisions: [rehearsed] }), TABLE);
  return comparison(STEP, picture(here[0]), picture(here[1]));
}

Deno.test("a step that did the same must be as rehearsed, whatever else is there", () => {
  const there: Schemas = [[USERS], [USERS, view("a")]];
  assert.equal(compared(there, there), undefined);
  const other: FingerprintRow = ["table", "public.other", "kind r"];
  assert.equal(compared([[other, USERS], [other, USERS, view("a")]], there), undefined);
});

Deno.test("a version table that was made otherwise must not count", () => {
  const other: FingerprintRow = ["table", "public.alembic_version", "kind p"];
  assert.equal(compared([[USERS], [USERS, VERSIONS]], [[USERS], [USERS]]), undefined);
  assert.equal(compared([[USERS], [USERS, VERSIONS]], [[USERS], [USERS, other]]), undefined);
});

Deno.test("definitions that differ after the part that is shown must be told, each side", () => {
  const from = [USERS, view("old")];
  const unlike = compared([from, [USERS, view("mine")]], [from, [USERS, view("yours")]]);
  assert.equal(unlike?.onlyHere.length, 1);
  assert.deepEqual(unlike.onlyHere, unlike.onlyThere);
  assert.match(unlike.onlyHere[0]!, /^view public\.busy differs: select x+… became select x+…$/);
  // The same where somebody else has changed something, too.
  const more = [...from, ["table", "public.other", "kind r"] as FingerprintRow];
  const beside = compared([more, [...more.slice(0, 1), view("mine"), more[2]!]], [
    from,
    [USERS, view("yours")],
  ]);
  assert.deepEqual(beside, unlike);
});
