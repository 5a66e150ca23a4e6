import assert from "node:assert/strict";
import type { FingerprintRow } from "../../../src/backups/manifest.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { saysUnreachable, unreachedView, viewsOfOutside } from "../../../src/postgres/outside.ts";

const ROWS: FingerprintRow[] = [
  ["table", "public.far", "f persistence=p server=elsewhere"],
  ["table", "public.far_too", "r persistence=p"],
  ["view", "public.over", " SELECT far.n FROM public.far"],
  [
    "routine",
    "public.first_of()",
    "CREATE OR REPLACE FUNCTION public.first_of()\n LANGUAGE sql\nAS $$select n from over$$",
  ],
  ["materialized view", "public.by_view", " SELECT over.n FROM public.over"],
  ["materialized view", "public.by_function", " SELECT public.first_of() AS n"],
  ["materialized view", "public.of_view", " SELECT by_view.n FROM public.by_view"],
  ["materialized view", "public.own", " SELECT far_too.n FROM public.far_too"],
  ["materialized view", 'public."Own too"', " SELECT own.n FROM public.own"],
];

Deno.test("viewsOfOutside() finds what reads a foreign table, by whatever way", () => {
  const outside = ["public.by_view", "public.by_function", "public.of_view"];
  assert.deepEqual(viewsOfOutside(ROWS), outside);
  assert.deepEqual(viewsOfOutside(ROWS.slice(1)), []);
  assert.deepEqual(viewsOfOutside(ROWS.slice(1), ["public.own"]), [
    "public.own",
    'public."Own too"',
  ]);
});

Deno.test("viewsOfOutside() goes through hundreds of foreign tables, and of functions on each other", () => {
  const all = Array.from({ length: 300 }, (_, n) => n);
  const body = (n: number) => n === 299 ? "select n from far299" : `select g${n + 1}()`;
  const rows = all.flatMap((n): FingerprintRow[] => [
    ["table", `public.far${n}`, "f persistence=p server=elsewhere"],
    ["routine", `public.g${n}()`, `CREATE FUNCTION public.g${n}()\nAS $$${body(n)}$$`],
  ]);
  const filled: FingerprintRow[] = [
    ["materialized view", "public.m", " SELECT public.g0() AS n"],
    ["materialized view", "public.near", " SELECT 1 AS n"],
  ];
  assert.deepEqual(viewsOfOutside([...rows, ...filled]), ["public.m"]);
});

Deno.test("unreachedView() is the view that was being filled when a server did not answer", () => {
  const failed = (object: string, error: string) =>
    new OakumError("load-failed", "failed", error, { data: { object, error } });
  const far = 'could not connect to server "elsewhere"';
  assert.equal(
    unreachedView(failed("materialized view data Own too", far), ROWS),
    'public."Own too"',
  );
  assert.equal(
    unreachedView(failed("materialized view data own", "division by zero"), ROWS),
    undefined,
  );
  assert.equal(unreachedView(failed("table data far_too", far), ROWS), undefined);
  assert.ok(saysUnreachable("could not establish connection"));
  assert.ok(!saysUnreachable('relation "connection" does not exist'));
  assert.ok(!saysUnreachable('invalid input syntax for type integer: "Connection refused"'));
});
