import assert from "node:assert/strict";
import fc from "fast-check";
import { fit, pad, width, wrap } from "../../../src/terminal/width.ts";

Deno.test("width() counts two columns for CJK and emoji, none for marks that combine", () => {
  const widths = {
    abc: 3,
    注文: 4,
    "한국": 4,
    "ａ": 2,
    "👩‍👩‍👧": 2,
    "🇩🇪": 2,
    "e\u0301": 1,
    "❤️": 2,
    "": 0,
  };
  for (const [text, columns] of Object.entries(widths)) assert.equal(width(text), columns, text);
});

Deno.test("fit() cuts to the columns without splitting a wide character", () => {
  assert.equal(fit("abcdef", 6), "abcdef");
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("注文データ", 4), "注…");
  assert.equal(fit("abc", 0), "");
});

Deno.test("fit() never exceeds the columns", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(30), (text, columns) => {
    assert.ok(width(fit(text, columns)) <= columns);
  }));
});

Deno.test("pad() fills by columns, not by characters", () => {
  assert.equal(pad("注", 4), "注  ");
  assert.equal(pad("7", 3, "right"), "  7");
});

Deno.test("wrap() breaks at spaces, cuts longer words and keeps every word", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
  assert.deepEqual(wrap("  indented", 20), ["  indented"]);
  const words = fc.array(fc.stringMatching(/^[a-z注]{1,12}$/), { minLength: 1 });
  fc.assert(fc.property(words, fc.integer({ min: 2, max: 30 }), (each, columns) => {
    const lines = wrap(each.join(" "), columns);
    assert.ok(lines.every((line) => width(line) <= columns));
    assert.equal(lines.join("").replaceAll(" ", ""), each.join(""));
  }));
});
