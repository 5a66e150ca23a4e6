import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { Shop } from "./shop.ts";

let shop: Shop;
/** A dump of another tool, of the same database. */
let foreign: string;

Deno.test.beforeAll(async () => {
  shop = await Shop.open({ noise: 8000 });
  await shop.backUp();
  const dump = ["pg_dump", "-U", "postgres", "-d", shop.database];
  foreign = `${shop.stack.folder}/foreign.sql`;
  await Deno.writeTextFile(
    foreign,
    `${await output(["docker", "exec", shop.container, ...dump])}\n`,
  );
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const databases = () =>
  shop.psql("select datname from pg_database where not datistemplate order by 1", "postgres");

/** Other rows than the backup's, so that the two can be told apart. */
const damage = () => shop.psql("delete from bids where id > 10");
const bids = () => shop.psql("select count(*) from bids");

/** The live database is as it was or, where the swap had been made by then, the restored one. */
async function assertOneOrTheOther(restored: boolean): Promise<void> {
  assert.equal(await bids(), restored ? "5000" : "10");
  if (restored) await shop.exits(0, ["restore", "--finalize", "--yes"]);
  assert.equal(await databases(), "postgres\nshop");
}

/** What is said of where things stand, by how far it came before it heard the signal. */
function standing(stdout: string): RegExp {
  return stdout.includes('"step":"create"')
    ? /\. \S*shop\S* is as it was\. The copy was dropped\./
    : /\. Nothing was restored\./;
}

const POINTS = ["check", "create", "load", "compare", "carry", "analyze", "swap"];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`a restore that ${signal} ends leaves nothing behind, whatever it was at`, async (t) => {
    for (const [at, point] of POINTS.entries()) {
      // Both signals take the same path: each of them is tried at every other point.
      if (at % 2 === (signal === "SIGINT" ? 0 : 1) && point !== "load") continue;
      await t.step(`at ${point}`, async () => {
        await damage();
        const program = shop.start(["restore", "--yes", "latest"]);
        assert.ok(await program.reaches(point), `it never came to ${point}`);
        program.kill(signal);
        const { code, stdout, stderr } = await program.ended();
        const whole = stdout.includes('"type":"report"');
        assert.equal(code, whole ? 0 : 130, stdout + stderr);
        if (!whole) assert.match(stdout, standing(stdout));
        await shop.assertQuiet();
        await assertOneOrTheOther(whole);
      });
    }
  });
}

const OTHERS: readonly (readonly [args: () => string[], points: readonly string[]])[] = [
  [() => ["verify", "--restore", "latest"], ["checksum", "read", "sandbox", "load", "compare"]],
  [() => ["adopt", foreign], ["sandbox", "load", "dump", "publish"]],
];

for (const [args, points] of OTHERS) {
  Deno.test(`${args()[0]} that a signal ends leaves nothing behind, whatever it was at`, async (t) => {
    const kept = shop.files();
    for (const [at, point] of points.entries()) {
      await t.step(`at ${point}`, async () => {
        const program = shop.start(args());
        assert.ok(await program.reaches(point), `it never came to ${point}`);
        const helpers = await shop.helpers();
        program.kill(at % 2 === 0 ? "SIGTERM" : "SIGINT");
        const { code, stdout, stderr } = await program.ended();
        const whole = stdout.includes('"type":"report"');
        assert.equal(code, whole ? 0 : 130, stdout + stderr);
        await shop.assertQuiet(helpers);
        assert.deepEqual(shop.temporaryFiles(), []);
        if (!whole) assert.deepEqual(shop.files(), kept);
      });
    }
    await shop.exits(0, ["verify", "--all"]);
  });
}

Deno.test("what a killed restore left is named by status and doctor, and doctor ends it", async (t) => {
  for (const point of ["create", "load", "compare", "swap"]) {
    await t.step(`at ${point}`, async () => {
      await damage();
      const program = shop.start(["restore", "--yes", "latest"]);
      assert.ok(await program.reaches(point), `it never came to ${point}`);
      program.kill("SIGKILL");
      await program.ended();
      await shop.assertQuiet();
      const restored = await bids() === "5000";
      const left = (await databases()).split("\n").filter((name) => name.includes("__restore_"));
      const { stdout } = await shop.oakum(["status", "--json"]);
      const named = JSON.parse(stdout).leftovers.map(({ name }: { name: string }) => name).join();
      for (const name of left) assert.ok(named.includes(name), `status does not name ${name}`);
      const said = await shop.exits(left.length > 0 ? 9 : 0, ["doctor"]);
      for (const name of left) assert.ok(said.includes(name), `doctor does not name ${name}`);
      await shop.exits(0, ["doctor", "--end-leftovers", "--yes"]);
      await assertOneOrTheOther(restored);
    });
  }
  await shop.exits(0, ["restore", "--yes", "latest"]);
  await assertOneOrTheOther(true);
});
