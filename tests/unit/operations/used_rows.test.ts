import assert from "node:assert/strict";
import { usedRows } from "../../../src/operations/migrate/guarded/used_rows.ts";
import type { MeasuredStep, TableChange } from "../../../src/reports/rehearsal.ts";
import { statement } from "./rehearse/pictures.ts";

const TABLES = ["shop.bids", "shop.users", "public.lots"];

const SCANNED: TableChange = {
  ...{ table: "public.lots", rows: 0, bytes: 8192, inserted: 0, updated: 0, deleted: 0 },
  ...{ scanned: 3, rewritten: false, dropped: false },
};

function step(...sql: string[]): MeasuredStep {
  return {
    ...{ tookMs: 1, locks: [], indexes: [], walBytes: 0, grewBytes: 0, committedInside: false },
    statements: sql.map((one) => statement(one)),
    tables: [SCANNED],
  };
}

Deno.test("usedRows() names tables in which a step looked for rows that it did not meet", () => {
  const deleting = step("DELETE FROM shop.bids WHERE state = 'new'");
  assert.deepEqual(usedRows(deleting, TABLES), ["public.lots", "shop.bids"]);
  assert.deepEqual(usedRows(step("UPDATE Users SET a = 1"), TABLES), ["public.lots", "shop.users"]);
});

Deno.test("usedRows() passes over what takes no row away, such as an index", () => {
  assert.deepEqual(usedRows(null, TABLES), []);
  assert.deepEqual(usedRows(step("CREATE INDEX i ON shop.bids (a)", "DROP TABLE x"), TABLES), []);
});
