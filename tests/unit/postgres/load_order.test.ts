import assert from "node:assert/strict";
import type { FingerprintRow } from "../../../src/backups/manifest.ts";
import { loadJobs, luckTexts, orderedObjects } from "../../../src/postgres/load_order.ts";

function routine(ident: string, body: string, language = "sql"): FingerprintRow {
  const head = `CREATE OR REPLACE FUNCTION ${ident}\n RETURNS boolean\n LANGUAGE ${language}\n`;
  return ["routine", ident, `${head}AS $function$${body}$function$\n`];
}

const TABLES: FingerprintRow[] = [
  ["table", "public.a", "r persistence=p"],
  ["table", "public.b", "r persistence=p"],
  ["table", 'public."Odd one"', "r persistence=p"],
  ["materialized view", "public.sums", "SELECT 1"],
];

const reads = (...rows: FingerprintRow[]) =>
  orderedObjects([...TABLES, ...rows]).map(({ ident, through, reads }) => [ident, through, reads]);

Deno.test("orderedObjects() finds what reads other tables, by whatever way", async (t) => {
  const inB = routine("public.in_b(integer)", "select exists (select from public.b where id = $1)");
  const check: FingerprintRow = ["constraint", "c on public.a", "c CHECK (public.in_b(b_id))"];
  const found = [["c on public.a", "public.in_b(integer)", ["public.b"]]];

  await t.step("a CHECK whose function reads a table", () => {
    assert.deepEqual(reads(inB, check), found);
  });
  await t.step("through another function, in PL/pgSQL, with a join and a quoted name", () => {
    const odd = routine(
      "public.odd(integer)",
      `begin return exists (select from a join b on a.id = b.id join "Odd one" o on true); end`,
      "plpgsql",
    );
    const outer = routine("public.in_b(integer)", "select odd($1)");
    assert.deepEqual(reads(odd, outer, check), [
      ["c on public.a", "public.in_b(integer)", ["public.a", "public.b", 'public."Odd one"']],
    ]);
  });
  await t.step("through a view", () => {
    const view: FingerprintRow = ["view", "public.v", " SELECT b.id FROM public.b"];
    const byView = routine("public.in_b(integer)", "select exists (select from v)");
    assert.deepEqual(reads(view, byView, check), [
      ["c on public.a", "public.in_b(integer)", ["public.v", "public.b"]],
    ]);
  });
  await t.step("none through a function of a schema whose name ends like another's", () => {
    const pure = routine("not_public.in_b(integer)", "select $1 > 0");
    const other: FingerprintRow = [
      "constraint",
      "c on public.a",
      "c CHECK (not_public.in_b(b_id))",
    ];
    assert.deepEqual(reads(inB, pure, other), []);
  });
  await t.step("a generated column, a domain, an index", () => {
    const column: FingerprintRow = [
      "column",
      "public.a.g",
      "#2 boolean generated=s:public.in_b(b_id)",
    ];
    const domain: FingerprintRow = ["constraint", "d_check on public.d", check[2]];
    const index: FingerprintRow = [
      "index",
      "public.i on public.a",
      "CREATE INDEX i ON public.a USING btree (public.in_b(b_id))",
    ];
    assert.equal(reads(inB, column, domain, index).length, 3);
    assert.equal(luckTexts([...TABLES, inB, column, domain, index], 17).length, 2);
  });
  await t.step("a materialized view through a view, of what is filled as late as itself", () => {
    const late = routine("public.total()", "select sum(n) from sums");
    const rows: FingerprintRow[] = [
      late,
      ["view", "public.v", " SELECT public.total() AS total"],
      ["materialized view", "public.mv", " SELECT v.total FROM public.v"],
    ];
    assert.deepEqual(reads(...rows), [["public.mv", "public.total()", ["public.sums"]]]);
    assert.match(
      luckTexts([...TABLES, ...rows], 17)[0] ?? "",
      /materialized view public\.mv calls/,
    );
  });
  await t.step("a query that is made up as it runs, of which nobody knows what it reads", () => {
    const dynamic = routine("public.in_b(integer)", "begin execute x into y; end", "plpgsql");
    assert.deepEqual(reads(dynamic, check), [["c on public.a", "public.in_b(integer)", []]]);
  });
});

Deno.test("orderedObjects() goes through hundreds of views and functions that are on each other", () => {
  const last = 299;
  const views = Array.from({ length: last + 1 }, (_, n): FingerprintRow => {
    const from = n === last ? "public.a WHERE public.f0(a.id)" : `public.v${n + 1} v`;
    return ["view", `public.v${n}`, ` SELECT 1 AS n${n} FROM ${from}`];
  });
  const routines = Array.from(
    { length: last + 1 },
    (_, n) =>
      routine(`public.f${n}(integer)`, n === last ? "select from sums" : `select F${n + 1} ($1)`),
  );
  const filled = Array.from({ length: 30 }, (_, n): FingerprintRow => [
    ...["materialized view", `public.m${n}`] as const,
    ` SELECT * FROM public.v${n}`,
  ]);
  const found = reads(...views, ...routines, ...filled);
  assert.deepEqual(found[0], ["public.m0", "public.f0(integer)", ["public.sums"]]);
  assert.equal(found.length, filled.length);
});

Deno.test("orderedObjects() leaves alone what no order can harm", () => {
  const check = (def: string): FingerprintRow => ["constraint", "c on public.a", def];
  const inB = routine("public.in_b(integer)", "select exists (select from b)");
  const pure = routine(
    "public.pure(integer)",
    "-- from b\n select extract(year from now()) > $1 and 'a' = 'b'",
  );
  assert.deepEqual(reads(pure, check("c CHECK (public.pure(b_id))")), []);
  assert.deepEqual(reads(inB, check("c CHECK (public.in_b(b_id)) NOT VALID")), []);
  assert.deepEqual(reads(inB, check("c CHECK (public.in_b2(b_id))")), []);
  assert.deepEqual(reads(inB, ["column", "public.a.d", "#1 boolean default=public.in_b(1)"]), []);
  const mv: FingerprintRow = ["materialized view", "public.mv", " SELECT public.in_b(1)"];
  assert.deepEqual(reads(inB, mv), [], "every table is there before the first refresh");
});

Deno.test("loadJobs() has one session load what depends on the order, whatever was asked for", () => {
  const rows: FingerprintRow[] = [
    ...TABLES,
    routine("public.in_b(integer)", "select exists (select from b)"),
  ];
  assert.equal(loadJobs(rows, 4), 4);
  assert.equal(loadJobs(rows, undefined), undefined);
  const check: FingerprintRow = ["constraint", "c on public.a", "c CHECK (public.in_b(b_id))"];
  assert.equal(loadJobs([...rows, check], 4), 1);
});

Deno.test("loadJobs() lets one session load what is split by the hash of an enum", () => {
  const types: FingerprintRow[] = [
    ["enum", "public.mood", "'sad','glad'"],
    ["domain", "public.feeling", "public.mood NOT NULL"],
    ["domain", "public.inner_feeling", "public.feeling"],
  ];
  const jobs = (key: string, type: string) =>
    loadJobs([
      ...types,
      ["table", "public.t", `p persistence=p partition key=${key} bound=FOR VALUES IN ('x')`],
      ["column", "public.t.at", "#1 date"],
      ["column", 'public.t."A key"', `#2 ${type}`],
    ], 4);
  assert.equal(jobs('HASH ("A key")', "public.mood NOT NULL"), 1);
  assert.equal(jobs('HASH (at, "A key")', "public.feeling"), 1);
  assert.equal(jobs('HASH ("A key" public.some_ops)', "public.inner_feeling"), 1);
  assert.equal(jobs('HASH (lower(("A key")::text))', "text"), 1, "nobody knows what it gives");
  assert.equal(jobs('HASH ("A key")', "text"), 4);
  assert.equal(jobs('HASH ("A key")', "public.moods"), 4);
  assert.equal(jobs('LIST ("A key")', "public.mood"), 4);
});

Deno.test("luckTexts() warns of an event trigger that a load cannot keep quiet", () => {
  const logs = (enabled: string): FingerprintRow => [
    "event trigger",
    "note_ddl",
    `ddl_command_end public.note_ddl() ${enabled}`,
  ];
  assert.match(luckTexts([...TABLES, logs("A")], 15)[0] ?? "", /EVENT TRIGGER note_ddl ENABLE/);
  assert.deepEqual(luckTexts([...TABLES, logs("A")], 17), []);
  assert.deepEqual(luckTexts([...TABLES, logs("O")], 15), []);
});
