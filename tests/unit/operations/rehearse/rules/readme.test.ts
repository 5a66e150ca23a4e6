import assert from "node:assert/strict";
import { levelsText } from "../../../../../src/operations/rehearse/rules/settings.ts";
import { RULES } from "../../../../../src/operations/rehearse/rules/table.ts";

const README = new URL(
  "../../../../../src/operations/rehearse/rules/README.md",
  import.meta.url,
);

Deno.test("the README must list every rule with its meaning and its default", async () => {
  const text = await Deno.readTextFile(README);
  const listed = text.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  const expected = RULES.map((rule) => [`\`${rule.id}\``, rule.meaning, levelsText(rule)]);
  assert.deepEqual(listed, expected);
});
