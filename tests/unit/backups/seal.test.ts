import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { canonicalJson, sealed } from "../../../src/backups/seal.ts";
import { manifestOf, obligation } from "./support.ts";

obligation("canonicalJson() gives one text for one value, in whatever order it was built", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
    const reversed = Object.fromEntries(Object.entries(value).toReversed());
    assert.equal(canonicalJson(reversed), canonicalJson(value));
    assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
  }));
});

/** Sorted keys and no white space, by another way than the store's. */
function sorted(value: unknown): string {
  const keys: string[] = [];
  JSON.stringify(value, (key, inner) => (keys.push(key), inner));
  return JSON.stringify(value, keys.toSorted());
}

obligation("sealed() ends with the SHA-256 of everything else, keys sorted", () => {
  const manifest = manifestOf("db_backup_20261122_143914", { reason: "before restore Größe ✓" });
  const { seal, ...content } = JSON.parse(new TextDecoder().decode(sealed(manifest)));
  assert.deepEqual(content, manifest);
  assert.equal(seal, createHash("sha256").update(sorted(content)).digest("hex"));
});
