import assert from "node:assert/strict";
import { inGrantOrder } from "../../../src/postgres/carry.ts";
import { createOptions } from "../../../src/postgres/fresh.ts";

const grant = (grantor: string, grantee: string, grantable: boolean) =>
  ({ grantor, grantee, privilege: "CONNECT", grantable }) as const;

Deno.test("inGrantOrder() grants to whoever passes a right on before they do", () => {
  const [third, second, first] = [
    grant("b", "c", false),
    grant("a", "b", true),
    grant("o", "a", true),
  ];
  assert.deepEqual(inGrantOrder([third, second, first], "o"), [first, second, third]);
});

const SHAPE = {
  encoding: "UTF8",
  collate: "C",
  ctype: "C",
  localeProvider: "i",
  locale: "de-DE",
  icuRules: "&a < b",
  tablespace: "pg_default",
};

Deno.test("createOptions() says of a locale what the server's version knows", () => {
  const texts = (shape: typeof SHAPE, version: number) =>
    createOptions(shape, version).map(([text]) => text);
  const base = ["encoding %L", "lc_collate %L", "lc_ctype %L"];
  assert.deepEqual(texts(SHAPE, 140_000), base);
  assert.deepEqual(texts(SHAPE, 160_000), [
    ...base,
    "locale_provider %I",
    "icu_locale %L",
    "icu_rules %L",
  ]);
  const builtin = { ...SHAPE, localeProvider: "b", locale: "C.UTF-8" };
  assert.deepEqual(texts(builtin, 170_000), [...base, "locale_provider %I", "builtin_locale %L"]);
});

Deno.test("createOptions() names a tablespace only where it is not the usual one", () => {
  const fast = createOptions({ ...SHAPE, tablespace: "fast" }, 170_000);
  assert.ok(fast.some(([text, value]) => text === "tablespace %I" && value === "fast"));
});
