import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { eventually } from "../docker/polling.ts";
import { FaultProxy } from "./proxy.ts";
import { Shop } from "./shop.ts";

let shop: Shop;
let file: string;

Deno.test.beforeAll(async () => {
  shop = await Shop.open({ noise: 8000 });
  await shop.backUp();
  const dump = ["pg_dump", "-U", "postgres", "-d", shop.database];
  file = `${shop.stack.folder}/foreign.sql`;
  await Deno.writeTextFile(file, `${await output(["docker", "exec", shop.container, ...dump])}\n`);
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const PHASES: readonly (readonly [args: readonly string[], points: readonly string[]])[] = [
  [["backup", "--verify", "read"], ["snapshot", "dump/progress", "verify"]],
  [["verify", "--restore", "latest"], ["read", "sandbox", "load"]],
  [["restore", "--yes", "latest"], ["load", "compare"]],
  [["adopt"], ["sandbox", "load"]],
];

Deno.test("a connection to Docker that is cut ends the command with a sentence, and nothing is lost", async (t) => {
  const kept = shop.files().filter((name) => name.startsWith("db_backup"));
  const rows = await shop.psql("select count(*), sum(cents) from bids");
  for (const [args, points] of PHASES) {
    for (const point of points) {
      await t.step(`oakum ${args[0]} at ${point}`, async () => {
        const proxy = await FaultProxy.start();
        const whole = args[0] === "adopt" ? [...args, file] : args;
        const program = shop.start(whole, { env: proxy.environment });
        const came = await program.reaches(point);
        await proxy[Symbol.asyncDispose]();
        const { code, stdout, stderr } = await program.ended();
        assert.ok(came, `it never came to ${point}: ${stdout}${stderr}`);
        assert.ok([1, 5, 12].includes(code), `exit ${code}: ${stdout}${stderr}`);
        assert.match(stdout, /"type":"error"|"error":/);
        assert.doesNotMatch(stdout + stderr, /\n {4}at |"defect"/);
        await shop.assertQuiet();
        assert.equal(await shop.psql("select count(*), sum(cents) from bids"), rows);
        assert.deepEqual(shop.temporaryFiles(), []);
      });
    }
  }
  assert.deepEqual(shop.files().filter((name) => name.startsWith("db_backup")), kept);
  await shop.exits(0, ["verify", "latest"]);
});

Deno.test("a database container that ends in mid-dump is said, and nothing is kept", async (t) => {
  // More than all buffers on the way hold: else a pg_dump may have its rows before the blow.
  await shop.psql("insert into noise select noise.* from noise, generate_series(1, 4)");
  const kept = shop.files();
  for (const how of ["kill", "stop"]) {
    await t.step(`docker ${how}`, async () => {
      await using proxy = await FaultProxy.start();
      const strike = () => output(["docker", how, "--", shop.container]);
      proxy.arm({ command: /"pg_dump"/, at: { stdout: 200_000 }, then: strike });
      const said = await shop.exits(1, ["backup", "--verify", "none"], { env: proxy.environment });
      assert.equal(proxy.struck, 1);
      assert.match(said, /stopped/);
      assert.deepEqual(shop.files(), kept);
      await output(["docker", "start", shop.container]);
      await eventually(async () => void await shop.psql("select 1"));
      await shop.assertQuiet();
    });
  }
});
