import assert from "node:assert/strict";
import fc from "fast-check";
import { shownWidth, withoutColours, wrapProse } from "../../../src/terminal/prose.ts";
import { colourStyle } from "../../../src/terminal/style.ts";

Deno.test("wrapProse() breaks between words, and goes on below the first one", () => {
  assert.deepEqual(wrapProse("one two three", 8), ["one two", "three"]);
  assert.deepEqual(wrapProse("  one two three four five six", 22), [
    "  one two three four",
    "  five six",
  ]);
  assert.deepEqual(wrapProse("one two\n  three", 80), ["one two", "  three"]);
});

Deno.test("wrapProse() goes on beside the box and the number of a list", () => {
  const [text, first, second] = ["one two three four five six", "one two three four", "five six"];
  assert.deepEqual(wrapProse(`[x] ${text}`, 25), [`[x] ${first}`, `    ${second}`]);
  assert.deepEqual(wrapProse(`12. ${text}`, 25), [`12. ${first}`, `    ${second}`]);
});

Deno.test("wrapProse() indents what goes on after a label", () => {
  const lines = wrapProse("error: The server does not answer.\n  It may be down.", 24, 2);
  assert.deepEqual(lines, ["error: The server does", "  not answer.", "  It may be down."]);
});

Deno.test("wrapProse() counts no columns for colours, and two for wide characters", () => {
  const [label, strong] = [colourStyle("bad", "error:"), colourStyle("strong", "two three")];
  assert.deepEqual(wrapProse(`${label} one ${strong} four`, 14).map(withoutColours), [
    "error: one two",
    "three four",
  ]);
  assert.deepEqual(wrapProse("注文 注文 注文", 9), ["注文 注文", "注文"]);
});

Deno.test("wrapProse() leaves a command whole where it fits on a line", () => {
  assert.deepEqual(wrapProse("If it is right: oakum pin shop_1, then again.", 30), [
    "If it is right:",
    "oakum pin shop_1, then again.",
  ]);
  assert.deepEqual(wrapProse("It is in use: `docker context use other` picks one.", 32), [
    "It is in use:",
    "`docker context use other` picks",
    "one.",
  ]);
  assert.deepEqual(wrapProse("  → See why: docker logs --tail 50 shop-db-1", 40), [
    "  → See why:",
    "    docker logs --tail 50 shop-db-1",
  ]);
  assert.deepEqual(wrapProse("Bring it back: oakum restore --undo    Drop it: oakum x", 52), [
    "Bring it back: oakum restore --undo    Drop it:",
    "oakum x",
  ]);
});

Deno.test("wrapProse() breaks a command that fits on no line", () => {
  const command = "oakum restore --undo --project shop --database shop";
  assert.deepEqual(wrapProse(`Go back: ${command}`, 30), [
    "Go back: oakum restore --undo",
    "--project shop --database shop",
  ]);
});

Deno.test("wrapProse() leaves a word that is too long to the terminal", () => {
  const path = `/srv/${"a".repeat(40)}`;
  assert.deepEqual(wrapProse(`It is in ${path} now`, 30), ["It is in", path, "now"]);
  assert.deepEqual(wrapProse(`folder  ${path}`, 30, 8), [`folder  ${path}`]);
});

Deno.test("wrapProse() keeps every word, and no line is wider unless a word is", () => {
  const words = fc.array(fc.stringMatching(/^[a-z注]{1,9}$/), { minLength: 1 });
  fc.assert(fc.property(words, fc.integer({ min: 20, max: 60 }), (each, columns) => {
    const lines = wrapProse(each.join(" "), columns);
    assert.ok(lines.every((line) => shownWidth(line) <= columns));
    assert.deepEqual(lines.join(" ").split(" "), each);
  }));
});
