import assert from "node:assert/strict";
import { assertGolden } from "./golden.ts";
import { oakum } from "./program.ts";

Deno.test("config schema prints the JSON Schema, with --json and without", async () => {
  const { code, stdout } = await oakum(["config", "schema"]);
  assert.equal(code, 0);
  await assertGolden("config-schema", stdout);
  const { stdout: json } = await oakum(["config", "schema", "--json"]);
  assert.deepEqual(JSON.parse(json), JSON.parse(stdout));
});

Deno.test("config rules lists every rule, with --json and without", async () => {
  const { code, stdout } = await oakum(["config", "rules"]);
  assert.equal(code, 0);
  await assertGolden("config-rules", stdout);
  const { stdout: json } = await oakum(["config", "rules", "--json"]);
  await assertGolden("json-config-rules", `${JSON.stringify(JSON.parse(json), null, 2)}\n`);
  const { rules } = JSON.parse(json);
  for (const { id, default: levels } of rules) assert.ok(stdout.includes(`${id}: ${levels}`), id);
});
