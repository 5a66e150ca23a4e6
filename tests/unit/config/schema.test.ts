import assert from "node:assert/strict";
import { configSchema, jsonSchema, settingsAt, UNUSED_KEYS } from "../../../src/config/schema.ts";

Deno.test("jsonSchema() describes the same settings, and allows no others", () => {
  const schema = jsonSchema();
  assert.equal(schema["additionalProperties"], false);
  assert.deepEqual(Object.keys(Object(schema["properties"])), Object.keys(configSchema.shape));
  assert.equal(schema["required"], undefined);
});

Deno.test("settingsAt() lists the settings of a group, and none of what is no group", () => {
  assert.deepEqual(settingsAt(["database"]), ["service", "name", "user"]);
  assert.deepEqual(settingsAt(["guard", "deeper"]), []);
});

Deno.test("every unused key is a setting", () => {
  for (const key of UNUSED_KEYS) {
    const path = key.split(".");
    assert.ok(settingsAt(path.slice(0, -1)).includes(path.at(-1) ?? ""), key);
  }
});
