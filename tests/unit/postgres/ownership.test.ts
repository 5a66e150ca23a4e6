import assert from "node:assert/strict";
import type { Ownership } from "../../../src/backups/manifest.ts";
import { ownershipDifferences } from "../../../src/postgres/ownership.ts";

function withRights(acl: string[]): Ownership {
  const things = [{ type: "table", names: ["public", "bids"], acl }];
  return { owner: "admin", things, defaults: [] };
}

const differences = (before: string[], after: string[]) =>
  ownershipDifferences(withRights(before), withRights(after));

Deno.test("ownershipDifferences() passes over the right that PostgreSQL 17 adds, whatever the names", () => {
  for (const name of ["admin", "tim", '"a=m/b"', '"m/=r"', "m"]) {
    const before = [`${name}=arwdDxt/${name}`];
    assert.deepEqual(differences(before, [`${name}=arwdDxtm/${name}`]), [], name);
    assert.deepEqual(differences(before, [`${name}=arwdDxtm*/${name}`]), [], name);
  }
  assert.deepEqual(differences(["=r/tim"], ["=r/tim"]), []);
});

Deno.test("ownershipDifferences() tells other rights and other names", () => {
  const table = ["table public.bids"];
  assert.deepEqual(differences(["=r/tim"], ["=r/ti"]), table);
  assert.deepEqual(differences(["sam=r/tim"], ["sam=rw/tim"]), table);
  assert.deepEqual(differences(["sam=r/tim"], ["sa=r/tim"]), table);
});
