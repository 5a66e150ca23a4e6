import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import { type Choice, chooseBuilt } from "../../../src/operations/adopt/choose.ts";

const SHOP: Choice = { path: "/d/all.sql", wanted: "shop", home: "shop", namesWanted: false };
/** A script that makes a database of the target's name is begun in another. */
const MADE: Choice = { ...SHOP, home: "scratch", namesWanted: true };

const choose = (names: readonly string[], choice: Choice) =>
  chooseBuilt(names.map((name) => ({ name, tables: 1 })), choice).name;

function refused(names: readonly string[], choice: Choice): OakumError {
  try {
    choose(names, choice);
  } catch (thrown) {
    assert.ok(thrown instanceof OakumError);
    assert.equal(thrown.outcome, "refused");
    return thrown;
  }
  throw new Error("it was not refused");
}

Deno.test("chooseBuilt() takes the target's database, or what has no name", () => {
  assert.equal(choose(["shop"], SHOP), "shop");
  assert.equal(choose(["shop", "wiki"], SHOP), "shop");
  assert.equal(choose(["scratch", "shop", "wiki"], MADE), "shop");
  assert.equal(choose(["scratch"], MADE), "scratch");
  assert.equal(choose(["blog", "wiki"], { ...SHOP, fromDatabase: "wiki" }), "wiki");
});

Deno.test("chooseBuilt() takes no other for the target's, and says how to name one", () => {
  const cases: [names: readonly string[], choice: Choice, says: RegExp][] = [
    [["blog", "wiki"], { ...SHOP, otherName: true }, /none of them called "shop": "blog", "wiki"/],
    // The file has one of that name, and that is empty.
    [["wiki"], { ...MADE, otherName: true }, /"wiki", and has no table for "shop"/],
    [["wiki"], SHOP, /"wiki", and has no table for "shop"/],
    [["blog", "wiki"], { ...SHOP, fromDatabase: "none" }, /no database "none" .* "blog", "wiki"/],
  ];
  for (const [names, choice, says] of cases) {
    const { message, hint } = refused(names, choice);
    assert.match(message, says);
    const named = /oakum adopt --from-database (\w+) \/d\/all\.sql/.exec(hint!)?.[1];
    // What the hint says is not refused again.
    assert.equal(choose(names, { ...choice, fromDatabase: named }), named);
  }
  assert.match(
    refused(["shop"], { ...SHOP, fromDatabase: "x" }).hint!,
    /Leave --from-database out/,
  );
  assert.equal(refused([], SHOP).code, "foreign-dump-empty");
});

Deno.test("chooseBuilt() takes the only database of a file that names none like the target's", () => {
  assert.equal(choose(["old"], { ...SHOP, otherName: true }), "old");
});
