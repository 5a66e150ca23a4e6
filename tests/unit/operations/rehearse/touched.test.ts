import assert from "node:assert/strict";
import {
  changedTables,
  changesType,
  writtenTables,
} from "../../../../src/operations/rehearse/touched.ts";
import type { MeasuredStep, TableChange } from "../../../../src/reports/rehearsal.ts";
import { picture, relation } from "./pictures.ts";

const STILL: TableChange = {
  ...{ table: "shop.bids", rows: 10, bytes: 8192, inserted: 0, updated: 0, deleted: 0 },
  ...{ scanned: 10, rewritten: false, dropped: false },
};

function step(...tables: Partial<TableChange>[]): MeasuredStep {
  return {
    ...{ tookMs: 1, statements: [], locks: [], indexes: [], walBytes: 0, grewBytes: 0 },
    committedInside: false,
    tables: tables.map((change) => ({ ...STILL, ...change })),
  };
}

const column = (ident: string, before: string | undefined) =>
  ({ kind: "column", ident, before, after: undefined }) as const;

Deno.test("writtenTables() names tables whose rows were written, and none that was only read", () => {
  assert.deepEqual(writtenTables(null), []);
  assert.deepEqual(writtenTables(step({})), []);
  for (
    const change of [
      ...[{ inserted: 1 }, { updated: 1 }, { deleted: 1 }, { rewritten: true }, { dropped: true }],
    ]
  ) {
    assert.deepEqual(writtenTables(step(change)), ["shop.bids"]);
  }
});

Deno.test("changedTables() names the table of a column that is gone or another one", () => {
  const differences = [column("shop.users.city", "#2 text"), column(`"a.b"."C""d".e`, "#1 text")];
  assert.deepEqual(changedTables(differences), ["shop.users", 'a.b.C"d']);
});

Deno.test("changedTables() passes over what is new, and over what has no rows", () => {
  const index = { kind: "index", ident: "shop.i on shop.bids", before: "x", after: undefined };
  assert.deepEqual(changedTables([column("shop.users.city", undefined)]), []);
  assert.deepEqual(changedTables([index]), []);
});

Deno.test("changesType() is so of a composite type that is gone or another one, and of no table or view", () => {
  const before = picture({
    relations: [
      relation({ oid: 1, name: "shop.users" }),
      relation({ oid: 2, name: "shop.names", kind: "v" }),
    ],
  });
  const differences = [column("shop.users.city", "#2 text"), column("shop.names.id", "default=1")];
  assert.equal(changesType(before, differences), false);
  assert.equal(changesType(before, [column("shop.address.zip", undefined)]), false);
  assert.equal(changesType(before, [...differences, column("shop.address.zip", "#3 text")]), true);
});
