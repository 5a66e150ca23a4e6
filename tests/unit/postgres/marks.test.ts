import assert from "node:assert/strict";
import { readLoadMark } from "../../../src/postgres/load_role.ts";
import { personsComment } from "../../../src/postgres/marks.ts";

const AT = "2026-11-22T14:39:14Z";

/** As a run marks a database that it restores into, with the comment that was there. */
function claim(comment: string | null): string {
  const mark = { run: "a1b2c3", purpose: "restore", of: "shop", at: AT, comment };
  return `oakum: ${JSON.stringify(mark)}`;
}

Deno.test("personsComment() leaves out a comment that claims to be a mark, and one inside of it", () => {
  assert.equal(personsComment(claim(null)), null);
  assert.equal(personsComment(claim(claim(null))), null);
  for (const own of [null, "", "the shop", "oakum: see the wiki", 'oakum: {"run":"a1"}']) {
    assert.equal(personsComment(own), own);
  }
});

Deno.test("readLoadMark() believes only a role of the name that its run gives it", () => {
  const text = `oakum: ${JSON.stringify({ run: "a1b2c3", purpose: "load", of: "shop", at: AT })}`;
  assert.equal(readLoadMark("oakum_load_a1b2c3", text)?.of, "shop");
  assert.equal(readLoadMark("oakum_load_ffffff", text), undefined);
  assert.equal(readLoadMark("keeper", text), undefined);
  assert.equal(readLoadMark("oakum_load_a1b2c3", "oakum: nothing"), undefined);
});
