import assert from "node:assert/strict";
import fc from "fast-check";
import { parseArray, writeArray } from "../../src/postgres/arrays.ts";

Deno.test("parseArray() reads what writeArray() wrote, whatever is in it", () => {
  const element = fc.oneof(
    fc.string(),
    fc.constantFrom("", "NULL", '"', "\\", "{,}", " a "),
    fc.constant(null),
  );
  fc.assert(fc.property(fc.array(element), (elements) => {
    assert.deepEqual(parseArray(writeArray(elements)), elements);
  }));
});

Deno.test("parseArray() reads arrays as the server writes them", () => {
  assert.deepEqual(parseArray("{}"), []);
  assert.deepEqual(parseArray("{1,NULL,3}"), ["1", null, "3"]);
  assert.deepEqual(parseArray(String.raw`{a b,"a,b","NULL","q\"\\","",ü}`), [
    "a b",
    "a,b",
    "NULL",
    'q"\\',
    "",
    "ü",
  ]);
});
