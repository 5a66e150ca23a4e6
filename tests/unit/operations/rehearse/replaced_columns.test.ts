import assert from "node:assert/strict";
import { goneColumns } from "../../../../src/operations/rehearse/replaced_columns.ts";
import { picture, relation } from "./pictures.ts";

Deno.test("goneColumns() names a column whose place another one of its name has taken", () => {
  const before = picture({
    relations: [
      relation({ oid: 1, columns: { id: 1, note: 2 } }),
      relation({ oid: 2, columns: { id: 1 } }),
      relation({ oid: 3, columns: { id: 1 } }),
      relation({ oid: 4, columns: null }),
    ],
  });
  const after = picture({
    relations: [
      relation({ oid: 1, columns: { id: 1, note: 3 } }),
      relation({ oid: 2, columns: { renamed: 1, more: 2 } }),
      relation({ oid: 4, columns: null }),
    ],
  });
  assert.deepEqual(goneColumns(before, after), [{ oid: 1, table: "public.r1", column: "note" }]);
});
