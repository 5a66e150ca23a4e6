import assert from "node:assert/strict";
import type { Manifest } from "../../src/backups/manifest.ts";
import { prettyJson, sealed } from "../../src/backups/seal.ts";
import { Shop } from "./shop.ts";

let shop: Shop;

Deno.test.beforeAll(async () => {
  shop = await Shop.open();
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const at = (name: string) => `${shop.backups}/${name}`;

function flipByte(path: string): void {
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0x10;
  Deno.writeFileSync(path, bytes);
}

const cut = (path: string) => Deno.truncateSync(path, Deno.statSync(path).size - 100);

function edit(path: string, change: (manifest: Manifest) => unknown, seals = false): void {
  const { seal, ...manifest } = JSON.parse(Deno.readTextFileSync(path));
  change(manifest);
  const written = new TextEncoder().encode(prettyJson({ ...manifest, seal }));
  Deno.writeFileSync(path, seals ? sealed(manifest) : written);
}

function swap(one: string, other: string): void {
  Deno.renameSync(one, `${one}.aside`);
  Deno.renameSync(other, one);
  Deno.renameSync(`${one}.aside`, other);
}

interface Damage {
  readonly name: string;
  readonly do: (bad: Manifest, good: Manifest) => void;
  /** How `verify` ends, and what it says. */
  readonly verify: readonly [code: number, says: RegExp];
}

const DAMAGES: readonly Damage[] = [
  {
    name: "one byte of the dump",
    do: ({ dump }) => flipByte(at(dump.file)),
    verify: [9, /not the bytes that were written/],
  },
  { name: "a dump that was cut", do: ({ dump }) => cut(at(dump.file)), verify: [9, /bytes/] },
  {
    name: "a dump that is gone",
    do: ({ dump }) => Deno.removeSync(at(dump.file)),
    verify: [9, /not there|missing/],
  },
  {
    name: "globals that were edited",
    do: ({ globals }) => Deno.writeTextFileSync(at(globals!.file), "-- nothing\n"),
    verify: [9, /globals/],
  },
  {
    name: "globals that are gone",
    do: ({ globals }) => Deno.removeSync(at(globals!.file)),
    verify: [9, /not there|missing/],
  },
  {
    name: "globals that would make a superuser",
    do: ({ globals }) => Deno.writeTextFileSync(at(globals!.file), "CREATE ROLE evil SUPERUSER;\n"),
    verify: [9, /globals/],
  },
  {
    name: "a dump that was swapped with another one",
    do: (bad, good) => swap(at(bad.dump.file), at(good.dump.file)),
    verify: [9, /belongs to|bytes/],
  },
  {
    name: "a manifest that was edited",
    do: ({ id }) => edit(at(`${id}.json`), (manifest) => Object.assign(manifest, { tables: [] })),
    verify: [4, /manifest/i],
  },
  {
    name: "a manifest that was swapped with another one",
    do: (bad, good) => swap(at(`${bad.id}.json`), at(`${good.id}.json`)),
    verify: [4, /manifest/i],
  },
  {
    name: "a manifest that leads elsewhere, rightly sealed",
    do: ({ id }) =>
      edit(at(`${id}.json`), ({ dump }) => {
        Object.assign(dump, { file: "../../../../etc/passwd" });
      }, true),
    verify: [4, /dump\.file/],
  },
  {
    name: "a manifest that was cut",
    do: ({ id }) => cut(at(`${id}.json`)),
    verify: [4, /manifest/i],
  },
];

Deno.test("a damaged backup is found by verify, refused by restore and passed over by latest", async (t) => {
  const good = await shop.backUp();
  await shop.psql("insert into artworks (title) values ('one more')");
  const bad = await shop.backUp();
  const before = await shop.hash();
  const whole = shop.files().map((name) => [name, Deno.readFileSync(at(name))] as const);
  for (const damage of DAMAGES) {
    await t.step(damage.name, async () => {
      damage.do(bad, good);
      await shop.exits(4, ["restore", "--yes", bad.id]);
      assert.match(await shop.exits(damage.verify[0], ["verify", bad.id]), damage.verify[1]);
      // Of two that were swapped neither is good.
      const swapped = damage.name.includes("swapped");
      const said = await shop.exits(swapped ? 10 : 0, ["restore", "--dry-run", "latest"]);
      assert.match(said, swapped ? /none is good/ : /passed over/);
      if (!swapped) assert.ok(said.includes(good.id), said);
      for (const [name, bytes] of whole) Deno.writeFileSync(at(name), bytes);
    });
  }
  assert.equal(await shop.hash(), before, "the server was touched");
  await shop.exits(0, ["verify", "--all"]);
  await shop.assertQuiet();
});

Deno.test("a backup of a table that was emptied is suspect, until a person says otherwise", async () => {
  const full = await shop.backUp();
  await shop.psql("truncate bids");
  assert.match(
    await shop.exits(9, ["backup", "--verify", "none"]),
    /51 rows together; there were 5051/,
  );
  const [suspect] = await shop.list();
  assert.equal(suspect?.state, "suspect");
  const passed = await shop.exits(0, ["restore", "--yes", "--dry-run", "latest"]);
  assert.ok(passed.includes(`${suspect!.id} is newer`) && passed.includes("passed over"), passed);
  assert.ok(passed.includes(full.id), passed);
  await shop.exits(0, ["pin", suspect!.id]);
  assert.equal((await shop.list())[0]?.state, "good");

  await shop.psql("insert into bids (artwork, cents) select 1, n from generate_series(1, 5000) n");
  await shop.backUp();
  await shop.psql("truncate bids");
  await shop.exits(0, ["backup", "--verify", "none", "--accept"]);
  assert.equal((await shop.list())[0]?.state, "good");
});

Deno.test("a manifest whose facts were edited and sealed again is found out by the restored rows", async () => {
  const { id } = await shop.backUp("--accept");
  const whole = Deno.readTextFileSync(at(`${id}.json`));
  const before = await shop.hash();
  edit(at(`${id}.json`), ({ tables }) => Object.assign(tables[0]!, { rows: 7 }), true);
  assert.match(await shop.exits(5, ["restore", "--yes", id]), /instead of 7 rows/);
  assert.equal(await shop.hash(), before, "the server was touched");
  assert.match(await shop.exits(9, ["verify", "--restore", id]), /instead of 7 rows/);
  Deno.writeTextFileSync(at(`${id}.json`), whole);
  await shop.assertQuiet();
});
