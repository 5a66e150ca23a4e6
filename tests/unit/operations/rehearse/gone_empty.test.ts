import assert from "node:assert/strict";
import { goneEmpty } from "../../../../src/operations/rehearse/gone_empty.ts";
import type { CopyPicture } from "../../../../src/operations/rehearse/picture.ts";
import type { DataLoss } from "../../../../src/reports/rehearsal.ts";

type Table = readonly [oid: number, name: string, columns: Readonly<Record<string, number>>];

/** A picture of nothing but tables. */
function picture(...tables: readonly Table[]): CopyPicture {
  const relations = tables.map(([oid, name, columns]) => ({ oid, name, columns, kind: "r" }));
  return { relations } as unknown as CopyPicture;
}

const BEFORE = picture(
  [1, "public.users", { id: 1, nickname: 2, city: 3 }],
  [2, "public.drafts", { id: 1 }],
);

const names = (after: CopyPicture, lost: readonly DataLoss[] = []) =>
  goneEmpty(BEFORE, after, lost).map(({ table, column }) => [table, column]);

Deno.test("goneEmpty() names tables and columns that went without a loss", () => {
  assert.deepEqual(names(picture([1, "public.users", { id: 1, city: 3 }])), [
    ["public.drafts", null],
    ["public.users", "nickname"],
  ]);
});

Deno.test("goneEmpty() leaves out what the rehearsal tells as lost", () => {
  const after = picture([1, "public.users", { id: 1, city: 3 }]);
  assert.deepEqual(
    names(after, [
      { what: "column", table: "public.users", column: "nickname", rows: 50 },
      { what: "table", table: "public.drafts", column: null, rows: 2 },
    ]),
    [],
  );
});

Deno.test("goneEmpty() leaves out what has another name or place, or was made anew", () => {
  const after = picture(
    [1, "store.people", { id: 1, handle: 2, city: 4 }],
    [9, "public.drafts", { id: 1 }],
  );
  assert.deepEqual(names(after), []);
});
