import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDuration, parseMemory, parseSize } from "../../../src/config/quantities.ts";

Deno.test("parseDuration() reads a number with its unit, and nothing else", () => {
  const good = {
    "500ms": 500,
    "3s": 3000,
    "1.5s": 1500,
    "2min": 120_000,
    "2m": 120_000,
    "1h": 3_600_000,
    "1 d": 86_400_000,
    "0s": 0,
  };
  for (const [text, milliseconds] of Object.entries(good)) {
    assert.equal(parseDuration(text), milliseconds, text);
  }
  for (
    const text of ["", "3", "s", "-3s", "3sec", "3 s s", "1e3s", "٣s", "constructor", "1toString"]
  ) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

Deno.test("parseSize() takes MB for decimal and MiB for binary", () => {
  assert.equal(parseSize("100MB"), 100_000_000);
  assert.equal(parseSize("2GiB"), 2 ** 31);
  assert.equal(parseSize("512 kB"), 512_000);
  for (const text of ["2g", "100", "MB", "1.2.3MB", "999999999999TB"]) {
    assert.equal(parseSize(text), undefined, text);
  }
});

Deno.test("parseMemory() takes Docker's letters for binary", () => {
  assert.equal(parseMemory("2g"), 2 ** 31);
  assert.equal(parseMemory("512m"), 2 ** 29);
});

Deno.test("quantities are whole and exact numbers, or nothing", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    for (const value of [parseDuration(text), parseSize(text), parseMemory(text)]) {
      assert.ok(value === undefined || (Number.isSafeInteger(value) && value >= 0));
    }
  }));
});
