import assert from "node:assert/strict";
import {
  differingRows,
  howTheyDiffer,
} from "../../../../src/operations/rehearse/differing_rows.ts";
import type { HashedRow } from "../../../../src/postgres/checksums.ts";

type Row = readonly [key: number, second: number, ...hashes: string[]];

async function* stream(rows: readonly Row[]): AsyncGenerator<HashedRow> {
  for (const [key, second, ...hashes] of rows) {
    yield await Promise.resolve({ key: [BigInt(key), BigInt(second)], hashes });
  }
}

async function compared(before: readonly Row[], after: readonly Row[]) {
  const sum = { missing: 0, added: 0, changed: 0, values: [0, 0] };
  for await (const rows of differingRows(stream(before), stream(after))) {
    const how = howTheyDiffer(rows, 2);
    sum.missing += how.missing;
    sum.added += how.added;
    sum.changed += how.changed;
    how.values.forEach((count, at) => sum.values[at]! += count);
  }
  return sum;
}

const SAME = { missing: 0, added: 0, changed: 0, values: [0, 0] };

Deno.test("howTheyDiffer() counts what is gone, new and changed, column by column", async () => {
  assert.deepEqual(await compared([], []), SAME);
  const before: Row[] = [[-5, 0, "a", "b"], [1, 0, "a", "b"], [2, 0, "a", "b"], [3, 0, "a", "b"]];
  const after: Row[] = [[1, 0, "a", "b"], [2, 0, "a", "c"], [3, 0, "d", "c"], [9, 0, "a", "b"]];
  const expected = { missing: 1, added: 1, changed: 2, values: [1, 2] };
  assert.deepEqual(await compared(before, after), expected);
});

Deno.test("differingRows() tells rows apart by the second hash where the first is the same", async () => {
  const before: Row[] = [[7, 1, "a", "b"], [7, 2, "c", "d"]];
  assert.deepEqual(await compared(before, [[7, 1, "a", "b"], [7, 2, "c", "x"]]), {
    ...SAME,
    changed: 1,
    values: [0, 1],
  });
  assert.deepEqual(await compared(before, [[7, 2, "c", "d"], [7, 3, "a", "b"]]), {
    ...SAME,
    missing: 1,
    added: 1,
  });
});

Deno.test("howTheyDiffer() never pairs rows of one key crosswise", async (t) => {
  const cases: readonly [string, Row[], Row[], Partial<typeof SAME>][] = [
    [
      "in another order they are the same",
      [[7, 7, "a", "1"], [7, 7, "b", "2"], [7, 7, "c", "3"]],
      [[7, 7, "c", "3"], [7, 7, "a", "1"], [7, 7, "b", "2"]],
      {},
    ],
    [
      "one of three has another value",
      [[7, 7, "a", "1"], [7, 7, "b", "2"], [7, 7, "c", "3"]],
      [[7, 7, "c", "3"], [7, 7, "b", "9"], [7, 7, "a", "1"]],
      { changed: 1, values: [0, 1] },
    ],
    [
      "one of three is gone",
      [[7, 7, "a", "1"], [7, 7, "b", "2"], [7, 7, "c", "3"]],
      [[7, 7, "c", "3"], [7, 7, "a", "1"]],
      { missing: 1 },
    ],
    [
      "one is gone and another has another value",
      [[7, 7, "a", "1"], [7, 7, "b", "2"], [7, 7, "c", "3"]],
      [[7, 7, "c", "3"], [7, 7, "a", "9"]],
      { missing: 1, changed: 1, values: [0, 1] },
    ],
    [
      "the same row is there less often, or more",
      [[7, 7, "a", "1"], [7, 7, "a", "1"], [7, 7, "a", "1"], [8, 8, "b", "1"]],
      [[7, 7, "a", "1"], [8, 8, "b", "1"], [8, 8, "b", "1"], [8, 8, "b", "1"]],
      { missing: 2, added: 2 },
    ],
  ];
  for (const [name, before, after, expected] of cases) {
    await t.step(name, async () => {
      assert.deepEqual(await compared(before, after), { ...SAME, ...expected });
    });
  }
});
