import assert from "node:assert/strict";
import { deltasBetween } from "../../../../src/operations/rehearse/deltas.ts";
import type { CopyPicture } from "../../../../src/operations/rehearse/picture.ts";
import type { TableChange } from "../../../../src/reports/rehearsal.ts";
import { counts, picture, relation, statement } from "./pictures.ts";

const APPLES = relation({ oid: 1, name: "public.apples" });
const BEFORE = picture({ relations: [APPLES], tables: [counts({ oid: 1 })] });

function deltas(after: Partial<CopyPicture>, sql: readonly string[] = [], before = BEFORE) {
  const known = {
    versionTable: "public.alembic_version",
    statements: sql.map((one) => statement(one)),
  };
  return deltasBetween(before, picture(after), known);
}

/** What is told of the only table: what is not nothing. */
function told({ tables }: { readonly tables: readonly TableChange[] }) {
  assert.equal(tables.length, 1);
  const { table: _table, rows: _rows, bytes: _bytes, ...rest } = tables[0]!;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
}

Deno.test("deltasBetween() counts from the first picture on, and leaves out what did not change", () => {
  const tables = [counts({ oid: 1, inserted: 7, updated: 3, scanned: 50 })];
  const before = picture({ relations: [APPLES], tables });
  const after = {
    relations: [APPLES],
    tables: [counts({ oid: 1, inserted: 9, updated: 3, scanned: 150 })],
  };
  assert.deepEqual(told(deltas(after, [], before)), { inserted: 2, scanned: 100 });
  assert.deepEqual(deltas({ relations: [APPLES], tables }, [], before).tables, []);
});

Deno.test("deltasBetween() tells a table by its old name, and not the version table", () => {
  const version = relation({ oid: 2, name: "public.alembic_version" });
  const before = picture({
    relations: [APPLES, version],
    tables: [counts({ oid: 1 }), counts({ oid: 2 })],
  });
  const after = {
    relations: [{ ...APPLES, name: "public.pears" }, version],
    tables: [counts({ oid: 1, deleted: 1 }), counts({ oid: 2, updated: 1 })],
  };
  assert.deepEqual(deltas(after, [], before).tables.map(({ table }) => table), ["public.apples"]);
});

Deno.test("deltasBetween() leaves out tables that the move made", () => {
  const [made, index] = [relation({ oid: 5 }), relation({ oid: 6, kind: "i", table: 5 })];
  const tables = [counts({ oid: 1 }), counts({ oid: 5, inserted: 4 })];
  const { tables: changes, indexes } = deltas({ relations: [APPLES, made, index], tables });
  assert.deepEqual([changes, indexes], [[], []]);
});

Deno.test("deltasBetween() tells partitions under their table, unless they stand for themselves", () => {
  const whole = relation({ oid: 10, name: "public.sales", kind: "p", filenode: null });
  const leaves = [11, 12, 13].map((oid) => relation({ oid, name: `public.leaf${oid}`, root: 10 }));
  const before = picture({
    relations: [whole, ...leaves],
    tables: [counts({ oid: 10, rows: 300 }), ...leaves.map(({ oid }) => counts({ oid }))],
  });
  const [first, second, third] = leaves;
  const after = {
    relations: [whole, first!, { ...second!, filenode: 99 }, third!],
    tables: [
      counts({ oid: 10 }),
      counts({ oid: 11, scanned: 100, inserted: 2 }),
      counts({ oid: 12, scanned: 100 }),
      counts({ oid: 13, scanned: 100 }),
    ],
  };
  const sums = (sql: string, given: Partial<CopyPicture> = {}) =>
    deltas({ ...after, ...given }, [sql], before).tables.map((one) =>
      [one.table, one.rows, one.scanned, one.inserted, one.rewritten, one.dropped].join()
    );
  assert.deepEqual(sums("ALTER TABLE sales ADD x int"), ["public.sales,300,300,2,true,false"]);
  assert.deepEqual(sums("CREATE INDEX i ON leaf13 (x)"), [
    "public.sales,200,200,2,true,false",
    "public.leaf13,100,100,0,false,false",
  ]);
  assert.deepEqual(sums("DROP TABLE leaf13", { relations: after.relations.slice(0, 3) }), [
    "public.sales,200,200,2,true,false",
    "public.leaf13,100,100,0,false,true",
  ]);
});

Deno.test("deltasBetween() tells a table that is gone", () => {
  assert.deepEqual(told(deltas({})), { dropped: true });
});

Deno.test("deltasBetween() tells a rewrite from a table that is emptied", async (t) => {
  const anew = { ...APPLES, filenode: 77 };
  const cases: readonly (readonly [string, Parameters<typeof deltas>, Record<string, unknown>])[] =
    [
      ["rewritten", [{ relations: [anew], tables: [counts({ oid: 1 })] }], { rewritten: true }],
      [
        "rewritten, and rows added",
        [{ relations: [anew], tables: [counts({ oid: 1, live: 105, inserted: 5 })] }],
        { rewritten: true, inserted: 5 },
      ],
      [
        "without a byte left",
        [{ relations: [{ ...anew, bytes: 0 }], tables: [counts({ oid: 1 })] }],
        { deleted: 100 },
      ],
      [
        "counted from nothing, then filled",
        [{ relations: [anew], tables: [counts({ oid: 1, live: 5, inserted: 5 })] }],
        { deleted: 100, inserted: 5 },
      ],
      [
        "a materialized view that is filled anew",
        [
          {
            relations: [{ ...anew, kind: "m" }],
            tables: [counts({ oid: 1, live: 100, inserted: 100 })],
          },
          ["REFRESH MATERIALIZED VIEW apples"],
          picture({ relations: [{ ...APPLES, kind: "m" }], tables: [counts({ oid: 1 })] }),
        ],
        { rewritten: true, inserted: 100 },
      ],
      [
        "truncated by name, where nothing was counted",
        [
          { relations: [anew], tables: [counts({ oid: 1, live: 5, inserted: 5 })] },
          ["TRUNCATE public.apples"],
          picture({ relations: [APPLES], tables: [counts({ oid: 1, live: 0 })] }),
        ],
        { deleted: 100, inserted: 5 },
      ],
      [
        "truncated by name, where nobody has counted its rows",
        [
          { relations: [{ ...anew, bytes: 0 }], tables: [counts({ oid: 1, rows: 0, live: 0 })] },
          ["TRUNCATE public.apples"],
          picture({ relations: [APPLES], tables: [counts({ oid: 1, rows: 0, live: 0 })] }),
        ],
        { rewritten: true },
      ],
      [
        "another table truncated by name",
        [{ relations: [anew], tables: [counts({ oid: 1 })] }, ["TRUNCATE apples_old"]],
        { rewritten: true },
      ],
    ];
  for (const [name, given, expected] of cases) {
    await t.step(name, () => assert.deepEqual(told(deltas(...given)), expected));
  }
});

Deno.test("deltasBetween() tells which indexes were built, and how", async (t) => {
  const index = relation({ oid: 9, name: "public.by_weight", kind: "i", table: 1, valid: true });
  const after = { relations: [APPLES, index], tables: [counts({ oid: 1 })] };
  const built = (sql: readonly string[], given: Partial<CopyPicture> = after, before = BEFORE) =>
    deltas(given, sql, before).indexes;
  const expected = { index: "public.by_weight", table: "public.apples", bytes: 8192, valid: true };

  await t.step("in the way of writers", () => {
    const sql = ["CREATE INDEX by_weight ON apples (weight)"];
    assert.deepEqual(built(sql), [{ ...expected, concurrently: false }]);
  });
  await t.step("concurrently, with and without a name", () => {
    const named = ["CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_weight ON apples (weight)"];
    const unnamed = ['create index concurrently on "public"."apples" (weight)'];
    for (const sql of [named, unnamed]) {
      assert.deepEqual(built(sql), [{ ...expected, concurrently: true }]);
    }
  });
  await t.step("another one concurrently", () => {
    const sql = ["CREATE INDEX CONCURRENTLY by_kind ON pears (kind)"];
    assert.deepEqual(built(sql).map(({ concurrently }) => concurrently), [false]);
    const dropped = ["DROP INDEX CONCURRENTLY by_weight"];
    assert.deepEqual(built(dropped).map(({ concurrently }) => concurrently), [false]);
  });
  await t.step("one that broke", () => {
    const broken = { relations: [APPLES, { ...index, valid: false }], tables: [] };
    assert.deepEqual(built([], broken).map(({ valid }) => valid), [false]);
  });
  await t.step("none that only came with a rewrite of its table", () => {
    const before = picture({ relations: [APPLES, { ...index, oid: 8 }], tables: [] });
    const rewritten = { relations: [{ ...APPLES, filenode: 77 }, index], tables: [] };
    assert.deepEqual(built([], rewritten, before), []);
    assert.equal(built([], after, before).length, 1);
  });
});

Deno.test("deltasBetween() adds what a server with a full log would log", () => {
  const large = relation({ oid: 1, name: "public.apples", filenode: 77, bytes: 5_000_000 });
  const small = relation({ oid: 4, bytes: 100_000 });
  const index = relation({ oid: 9, kind: "i", table: 1, name: "public.i", bytes: 3_000_000 });
  const after = { relations: [large, small, index], wal: 1500, bytes: 40_000 };
  const sql = ["create index concurrently i on apples (weight)"];
  assert.deepEqual(deltas(after).walBytes, 500);
  assert.deepEqual(deltas({ ...after, walSkipsFrom: 2_000_000 }).walBytes, 8_000_500);
  assert.deepEqual(deltas({ ...after, walSkipsFrom: 2_000_000 }, sql).walBytes, 5_000_500);
  assert.equal(deltas(after).grewBytes, -10_000);
});
