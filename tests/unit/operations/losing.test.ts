import assert from "node:assert/strict";
import { lossLines } from "../../../src/operations/restore/losing.ts";
import type { ChangedTable } from "../../../src/postgres/changed_since.ts";

const table = (name: string, given: Partial<ChangedTable>): ChangedTable => ({
  ...{ schema: "public", name, then: 10, now: 10, written: 0 },
  ...given,
});

Deno.test("lossLines() tells deleted rows from written ones, in the singular, too", () => {
  assert.deepEqual(
    lossLines({
      exact: true,
      tables: [
        table("a", { now: 9 }),
        table("b", { now: 4000, then: 12_345 }),
        table("c", { written: 1 }),
        table("d", { now: undefined, written: undefined }),
      ],
    }).slice(1),
    [
      "  public.a: 1 row of the backup that was deleted comes back",
      "  public.b: 8,345 rows of the backup that were deleted come back",
      "  public.c: 1 row added or changed since",
      "  public.d comes back, with 10 rows",
    ],
  );
});

Deno.test("lossLines() says how many tables it leaves out, and that nothing is known of values", () => {
  const many = Array.from({ length: 10 }, (_, at) => table(`t${at}`, { written: 1 }));
  const lines = lossLines({ exact: true, tables: many });
  assert.deepEqual([lines.length, lines.at(-1)], [10, "  and 2 more tables"]);
  assert.match(lossLines({ exact: false, tables: [] })[0]!, /changed values are not told/);
});
