import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { Shop } from "./shop.ts";

let shop: Shop;
let foreign: string;

Deno.test.beforeAll(async () => {
  shop = await Shop.open({ noise: 4000 });
  await shop.backUp();
  foreign = `${shop.stack.folder}/old.sql`;
  const dump = ["pg_dump", "-U", "postgres", shop.database];
  await Deno.writeTextFile(foreign, await output(["docker", "exec", shop.container, ...dump]));
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const VERIFY = ["verify", "latest", "--restore"];
const ADOPT = ["adopt", "old.sql"];

const POINTS = [
  ...["sandbox", "load", "compare"].map((point) => ({ args: VERIFY, point })),
  ...["sandbox", "load", "snapshot", "dump", "publish"].map((point) => ({ args: ADOPT, point })),
];

/** What was there before is there and whole; what came to its end meanwhile may be there too. */
async function assertNothingLost(before: readonly string[]): Promise<void> {
  const after = (await shop.list()).map(({ id, state }) => `${id} ${state}`);
  assert.deepEqual(before.filter((one) => !after.includes(one)), []);
  await shop.exits(0, ["verify", "--all"]);
  assert.equal(await shop.psql("select count(*), sum(cents) from bids"), "5000|12502500");
  assert.equal(await Deno.stat(foreign).then(({ isFile }) => isFile), true);
}

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(`${signal} in a verification or an adoption leaves backups and stack as they were`, async (t) => {
    const before = (await shop.list()).map(({ id, state }) => `${id} ${state}`);
    for (const { args, point } of POINTS) {
      await t.step(`${args[0]} at ${point}`, async () => {
        const program = shop.start(args);
        assert.ok(await program.reaches(point), `it never came to ${point}`);
        const helpers = await shop.helpers();
        program.kill(signal);
        const { code, stdout, stderr } = await program.ended();
        // What is published already comes to its end.
        const whole = stdout.includes('"type":"report"');
        if (signal === "SIGINT") assert.equal(code, whole ? 0 : 130, stdout + stderr);
        await shop.assertQuiet(helpers);
      });
    }
    if (signal === "SIGINT") assert.deepEqual(shop.temporaryFiles(), []);
    await shop.exits(0, ["doctor", "--end-leftovers", "--yes"]);
    const { leftovers } = JSON.parse((await shop.oakum(["status", "--json"])).stdout);
    // A container that was made and never started counts as alive for a minute: nothing of it runs.
    const isUnstarted = ({ kind, active }: { kind: string; active: boolean }) =>
      signal === "SIGKILL" && kind === "container" && active;
    assert.deepEqual(
      leftovers.filter((one: Parameters<typeof isUnstarted>[0]) => !isUnstarted(one)),
      [],
    );
    assert.deepEqual((await shop.helpers()).running, []);
    await assertNothingLost(before);
  });
}

Deno.test("an adoption works after those that were killed", async () => {
  const { stdout } = await shop.oakum([...ADOPT, "--json", "--quiet"]);
  const [{ backup: { manifest } }] = JSON.parse(stdout).adopted;
  assert.match(manifest.restoreCommand, /^createdb --template=template0 shop_restored && /);
  await shop.exits(0, ["restore", "latest", "--yes"]);
  assert.equal(await shop.psql("select count(*), sum(cents) from bids"), "5000|12502500");
});
