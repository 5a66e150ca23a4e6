import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { EXIT_CODES, type Outcome } from "../../src/core/errors.ts";
import { BRANCHES } from "../docker/verbs/project.ts";
import { Program } from "../faults/started.ts";
import type { Start } from "./program.ts";
import { CliShop } from "./shop.ts";

const [first] = BRANCHES;
const broken = {
  id: "bad00001",
  doc: "break",
  down: ["aaaa1111"],
  upgrade: `op.execute("alter table nothing_of_that_name add price numeric")`,
};
const shop = await CliShop.open([first!, broken]);
const reached = new Set<Outcome>();

Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

/** The line must end with the code of that outcome, and its error must say so in words. */
async function ends(outcome: Outcome, line: string, message: RegExp, start: Start = {}) {
  const { code, stdout, stderr } = await shop.run(line.split(" "), start);
  assert.equal(code, EXIT_CODES[outcome], `oakum ${line}: ${stderr}`);
  assert.match(stdout + stderr, message);
  reached.add(outcome);
}

Deno.test("each exit code is that of its outcome, whatever command ends so", async (t) => {
  await t.step("2, 4, 9, 10 and 12, before anything is changed", async () => {
    await ends("usage", "restore --jobs many", /Accepted is a whole number/);
    await ends("refused", "stamp head", /nobody can be asked here/);
    await ends("finding", "check", /pending/);
    await ends("notFound", "status -p no-such-stack", /There is no stack "no-such-stack"/);
    const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
    await ends("docker", "status", /hint: /, { env });
    for (const verb of ["rehearse", "upgrade"]) {
      const line = `${verb} --allow data-lsot`;
      await ends("usage", line, /"data-lsot" is not a rule: did you mean "data-lost"/, { env });
    }
  });

  await t.step("6 where an earlier step stays, 5 where nothing does", async () => {
    const line = "upgrade head --backup none --yes";
    await ends("changed", line, /nothing_of_that_name/);
    await ends("unchanged", line, /nothing_of_that_name/);
  });

  await t.step("0, and 11 while another run has the folder", async () => {
    await ends("done", "backup --verify none", /Backed up shop/);
    const path = `${shop.folder}/backups/${shop.stack.project}/db.shop/.lock`;
    using lock = await Deno.open(path, { read: true, write: true });
    await lock.lock(true);
    await ends("locked", "backup --verify none", /is locked|another run|holds/i);
  });

  await t.step("3 where one of several failed, 1 where all did", async () => {
    const dump = await output(["docker", "exec", shop.db, "pg_dump", "-U", "shop", "shop"]);
    await Deno.writeTextFile(`${shop.folder}/good.sql`, dump);
    await ends("partial", "adopt --dry-run good.sql missing.sql", /Not adopted/);
    await ends("failed", "adopt --dry-run missing.sql nowhere.sql", /Not adopted/);
  });

  await t.step("130 where it was interrupted", async () => {
    const program = new Program(["backup", "--verify", "none", "--json"], { cwd: shop.folder });
    await program.reaches("snapshot");
    program.kill("SIGTERM");
    assert.equal((await program.ended()).code, EXIT_CODES.interrupted);
    reached.add("interrupted");
  });

  await t.step("all of them but 13, since nothing is encrypted yet", () => {
    const missing = Object.keys(EXIT_CODES).filter((outcome) => !reached.has(outcome as Outcome));
    assert.deepEqual(missing, ["key"]);
  });
});
