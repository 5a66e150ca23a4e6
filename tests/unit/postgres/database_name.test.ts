import assert from "node:assert/strict";
import fc from "fast-check";
import {
  freshName,
  isKeptName,
  keptName,
  looksLikeOurs,
} from "../../../src/postgres/database_name.ts";

const AT = new Date("2026-11-22T14:39:14Z");

Deno.test("names fit into 63 bytes, keep their suffix and never cut a character", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 80 }), (name) => {
    for (const made of [freshName(name, "5f0c2a91be"), keptName(name, AT)]) {
      assert.ok(new TextEncoder().encode(made).length <= 63);
      assert.ok(looksLikeOurs(made), made);
      assert.ok(name.startsWith(made.slice(0, made.lastIndexOf("__"))));
    }
  }));
});

Deno.test("keptName() steps aside for a name that is taken", () => {
  const first = keptName("shop", AT);
  assert.equal(first, "shop__before_20261122_143914");
  const second = keptName("shop", AT, new Set([first]));
  assert.equal(second, "shop__before_20261122_143914_2");
  assert.ok(looksLikeOurs(second));
});

Deno.test("isKeptName() knows what keptName() gives, and nothing of another name or instant", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 80 }), (name) => {
    fc.pre(!name.startsWith("x"));
    const first = keptName(name, AT);
    for (const kept of [first, keptName(name, AT, new Set([first]))]) {
      assert.ok(isKeptName(kept, name, AT), kept);
      assert.equal(isKeptName(kept, `x${name}`, AT), false);
      assert.equal(isKeptName(kept, name, new Date("2026-11-22T14:39:15Z")), false);
    }
    assert.equal(isKeptName(name, name, AT), false);
  }));
});

Deno.test("looksLikeOurs() knows nothing of a person's own names", () => {
  for (const name of ["shop", "shop__restore_", "shop__before_yesterday", "restore_5f0c2a91be"]) {
    assert.equal(looksLikeOurs(name), false, name);
  }
});
