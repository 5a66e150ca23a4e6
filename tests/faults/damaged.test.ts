import assert from "node:assert/strict";
import type { Manifest } from "../../src/backups/manifest.ts";
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

function edit(path: string, change: (manifest: Manifest) => unknown): void {
  const manifest = JSON.parse(Deno.readTextFileSync(path));
  change(manifest);
  Deno.writeTextFileSync(path, JSON.stringify(manifest));
}

function swap(one: string, other: string): void {
  Deno.renameSync(one, `${one}.aside`);
  Deno.renameSync(other, one);
  Deno.renameSync(`${one}.aside`, other);
}

interface Damage {
  readonly name: string;
  readonly do: (bad: Manifest, good: Manifest) => void;
  /** What `verify` says of it, and how it ends. */
  readonly verify: readonly [code: number, says: RegExp];
  /** How `restore` ends, which never touches the server. */
  readonly restore: number;
  /** Whether `latest` sees it without reading the whole dump. */
  readonly seen: boolean;
}

const DAMAGES: readonly Damage[] = [
  {
    name: "one byte of the dump",
    do: ({ dump }) => flipByte(at(dump.file)),
    ...{ verify: [9, /not the bytes that were written/], restore: 5, seen: false },
  },
  {
    name: "a dump that was cut",
    do: ({ dump }) => cut(at(dump.file)),
    ...{ verify: [9, /bytes/], restore: 4, seen: true },
  },
  {
    name: "a dump that is gone",
    do: ({ dump }) => Deno.removeSync(at(dump.file)),
    ...{ verify: [9, /not there|missing/], restore: 4, seen: true },
  },
  {
    name: "a dump that was swapped with another one",
    do: (bad, good) => swap(at(bad.dump.file), at(good.dump.file)),
    ...{ verify: [9, /belongs to|bytes/], restore: 4, seen: false },
  },
  {
    name: "globals that were edited",
    do: ({ globals }) => Deno.writeTextFileSync(at(globals!.file), "-- nothing\n"),
    ...{ verify: [9, /globals/], restore: 4, seen: true },
  },
  {
    name: "a manifest that was edited",
    do: ({ id }) => edit(at(`${id}.json`), (manifest) => Object.assign(manifest, { tables: [] })),
    ...{ verify: [4, /edited|seal|changed/], restore: 4, seen: true },
  },
  {
    name: "a manifest that is no JSON",
    do: ({ id }) => cut(at(`${id}.json`)),
    ...{ verify: [4, /manifest/i], restore: 4, seen: true },
  },
];

Deno.test("a damaged backup is found by verify, refused by restore and passed over by latest", async (t) => {
  await shop.exits(0, ["backup", "--verify", "read"]);
  for (const damage of DAMAGES) {
    await t.step(damage.name, async () => {
      const good = await shop.backUp();
      await shop.psql("insert into artworks (title) values ('one more')");
      const bad = await shop.backUp();
      const before = await shop.hash();
      damage.do(bad, good);
      if (damage.seen) await shop.exits(0, ["backups"]);
      const refused = await shop.exits(damage.restore, ["restore", "--yes", bad.id]);
      assert.doesNotMatch(refused, /undefined|\[object/);
      assert.match(await shop.exits(damage.verify[0], ["verify", bad.id]), damage.verify[1]);
      const state = (await shop.list()).find(({ id }) => id === bad.id)?.state;
      assert.notEqual(state, "good");
      assert.equal(await shop.hash(), before, "the server was touched");
      // Whatever is left as it was, `latest` still finds it.
      const said = await shop.exits(0, ["verify", "latest"]).catch(() =>
        shop.exits(9, ["verify", "latest"])
      );
      assert.ok(!said.includes(`${bad.id} is`) || said.includes("passed over"));
      for (const name of shop.files().filter((name) => name.startsWith(bad.id))) {
        Deno.removeSync(at(name));
      }
    });
  }
  await shop.assertQuiet();
});

Deno.test("a backup of a table that was emptied is suspect, until a person says otherwise", async () => {
  const full = await shop.backUp();
  await shop.psql("truncate bids");
  assert.match(await shop.exits(9, ["backup", "--verify", "none"]), /bids/);
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
