import assert from "node:assert/strict";
import { generator, printedSeed } from "./random.ts";
import { Shop } from "./shop.ts";

let shop: Shop;

Deno.test.beforeAll(async () => {
  shop = await Shop.open({ noise: 8000 });
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const STEPS = ["snapshot", "dump", "dump/progress", "verify", "publish"] as const;
const PROOF = ["sandbox", "load", "compare"] as const;

/** `restore` proves it in a sandbox too. */
const flags = (point: string) =>
  (PROOF as readonly string[]).includes(point) ? ["--verify", "restore"] : ["--verify", "read"];

/** What is said of where things stand, by how far it came before it heard the signal. */
function standing(stdout: string): RegExp {
  if (stdout.includes('"step":"checksum"')) return /\. The backup \S+ is kept\./;
  // At the very publishing nobody may say so.
  if (stdout.includes('"step":"publish"')) return /Interrupted by (Ctrl-C|SIGTERM)\.(?! No backup)/;
  return /\. No backup of \S+ was kept; older ones are as they were\./;
}

async function assertLiveWhole(): Promise<void> {
  assert.equal(await shop.psql("select count(*), sum(cents) from bids"), "5000|12502500");
}

/** What was published by then is a backup like any other. */
async function assertAllVerify(): Promise<void> {
  if (shop.files().some((name) => name.endsWith(".json"))) await shop.exits(0, ["verify", "--all"]);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`a backup that ${signal} ends leaves nothing behind, whatever it was at`, async (t) => {
    for (const [at, point] of [...STEPS, ...PROOF].entries()) {
      // Both signals take the same path: each of them is tried at every other point.
      if (at % 2 === (signal === "SIGINT" ? 0 : 1) && point !== "dump/progress") continue;
      await t.step(`at ${point}`, async () => {
        const program = shop.start(["backup", ...flags(point)]);
        assert.ok(await program.reaches(point), `it never came to ${point}`);
        const helpers = await shop.helpers();
        // At the very publishing it may have ended them already.
        assert.ok(helpers.running.length > 0 || point === "publish");
        program.kill(signal);
        const { code, stdout, stderr } = await program.ended();
        const whole = stdout.includes('"type":"report"');
        assert.equal(code, whole ? 0 : 130, stdout + stderr);
        if (!whole) assert.match(stdout, standing(stdout));
        await shop.assertQuiet(helpers);
        assert.deepEqual(shop.temporaryFiles(), []);
      });
    }
    await assertAllVerify();
    await shop.backUp();
    await assertLiveWhole();
  });
}

Deno.test("a backup that SIGKILL ends leaves only what status names and the next one sweeps", async (t) => {
  for (const point of [...STEPS, ...PROOF]) {
    await t.step(`at ${point}`, async () => {
      const program = shop.start(["backup", ...flags(point)]);
      assert.ok(await program.reaches(point), `it never came to ${point}`);
      const helpers = await shop.helpers();
      program.kill("SIGKILL");
      await program.ended();
      await shop.assertQuiet(helpers);
      const { stdout } = await shop.oakum(["status", "--json"]);
      const named = JSON.parse(stdout).leftovers.map(({ name }: { name: string }) => name).join();
      const left = [...shop.temporaryFiles(), ...(await shop.helpers()).names];
      for (const name of left) assert.ok(named.includes(name), `status does not name ${name}`);
    });
  }
  await assertAllVerify();
  await shop.backUp();
  assert.deepEqual(shop.temporaryFiles(), []);
  await assertLiveWhole();
});

Deno.test("a backup that SIGKILL ends at any moment leaves every listed backup whole", async () => {
  const random = generator(printedSeed());
  for (let round = 0; round < 5; round++) {
    const program = shop.start(["backup", "--verify", "read"]);
    await new Promise((resolve) => setTimeout(resolve, 200 + random() * 3000));
    program.kill("SIGKILL");
    await program.ended();
  }
  await shop.assertQuiet();
  await assertAllVerify();
  await shop.backUp();
  assert.deepEqual(shop.temporaryFiles(), []);
  await assertLiveWhole();
});
