import assert from "node:assert/strict";
import fc from "fast-check";
import { defused, defusedJson, printable } from "../../../src/terminal/printable.ts";
import { colourStyle } from "../../../src/terminal/style.ts";

// deno-lint-ignore no-control-regex -- what a terminal would obey
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

Deno.test("printable() shows control characters instead of sending them", () => {
  assert.equal(printable("a\x1b]0;title\x07b"), "a\\x1b]0;title\\x07b");
  assert.equal(printable("one\ntwo\r\tthree"), "one\\ntwo\\r\\tthree");
  assert.equal(printable("\x9b31m"), "\\x9b31m");
});

Deno.test("printable() shows marks that turn the direction of text", () => {
  assert.equal(printable("safe\u202egnp.exe"), "safe\\u{202e}gnp.exe");
});

Deno.test("printable() leaves what people write: umlauts, CJK, joined emoji", () => {
  for (const text of ["Größe", "注文データ", "👩‍👩‍👧", "é", "قاعدة"]) {
    assert.equal(printable(text), text);
  }
});

Deno.test("defused() lets line feeds, tabs and our own colours through, and no others", () => {
  const ours = colourStyle("bad", "no");
  assert.equal(defused(`${ours}\n\tx`, true), `${ours}\n\tx`);
  assert.equal(defused(ours, false), "\\x1b[31mno\\x1b[39m");
  assert.equal(defused("\x1b[8mhidden\x1b[2J", true), "\\x1b[8mhidden\\x1b[2J");
  assert.equal(defused("\x9b31mred", true), "\\x9b31mred");
});

Deno.test("defused() leaves nothing that a terminal obeys, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.doesNotMatch(defused(text, false), OBEYED);
    assert.doesNotMatch(printable(text), OBEYED);
  }));
});

Deno.test("defusedJson() keeps the value and leaves nothing that a terminal obeys", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const json = defusedJson(JSON.stringify({ text }));
    assert.doesNotMatch(json, OBEYED);
    assert.deepEqual(JSON.parse(json), { text });
  }));
});
