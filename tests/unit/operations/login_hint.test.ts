import assert from "node:assert/strict";
import { loginHint } from "../../../src/operations/restore/limited.ts";

Deno.test("loginHint() names the way that the server is reached by, and no more users than need be", () => {
  const tcp = loginHint(undefined, 17);
  assert.match(tcp, /: host all \/\^oakum_load_ 127\.0\.0\.1\/32 scram-sha-256;/);
  assert.doesNotMatch(tcp, /every user/);
  assert.match(loginHint("/var/run/postgresql", 16), /: local all \/\^oakum_load_ scram-sha-256;/);
  assert.match(loginHint("/var/run/postgresql", 15), /: local all all scram.*every user/);
  assert.match(loginHint(undefined), /: host all all 127\.0\.0\.1\/32 scram.*every user/);
});
