import assert from "node:assert/strict";
import { SCENARIOS } from "./instead_of/scenarios.ts";
import { Stage } from "./instead_of/stage.ts";
import { insteadOf } from "./instead_of/table.ts";

const README = new URL("../../README.md", import.meta.url);
const LINES = insteadOf(await Deno.readTextFile(README));

Deno.test("every line of the README's table has a scenario, and every scenario a line", () => {
  assert.deepEqual(LINES.map(({ type }) => type).sort(), Object.keys(SCENARIOS).sort());
});

Deno.test("what the README says to type does what it says to type it instead of", async (t) => {
  await using stage = await Stage.open();
  for (const line of LINES) {
    await t.step(line.type, () => SCENARIOS[line.type]!(stage, ...line.commands));
  }
});
