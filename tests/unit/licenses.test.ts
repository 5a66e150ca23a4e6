import assert from "node:assert/strict";
import { LICENSES_FILE, licensesText } from "../licenses.ts";

Deno.test("THIRD_PARTY_LICENSES.md is what `deno task licenses` writes", async () => {
  assert.equal(await Deno.readTextFile(LICENSES_FILE), await licensesText());
});
