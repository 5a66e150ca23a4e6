import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { Shop } from "./shop.ts";

let shop: Shop;

Deno.test.beforeAll(async () => {
  shop = await Shop.open({ noise: 3000 });
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const at = (name: string) => `${shop.backups}/${name}`;

/** Ends within a minute or is killed: what waits for a reader or a writer waits for ever. */
async function ends(args: readonly string[]): Promise<{ code: number; said: string }> {
  const program = shop.start(args);
  const timer = setTimeout(() => program.kill("SIGKILL"), 60_000);
  const { code, stdout, stderr } = await program.ended();
  clearTimeout(timer);
  const said = stdout + stderr;
  assert.doesNotMatch(said, /\n {4}at |"defect"/);
  return { code, said };
}

Deno.test("files that are no files keep nobody waiting", async (t) => {
  const { id, dump } = await shop.backUp();
  const cases = [["a pipe as the dump", dump.file], [
    "a pipe as the manifest",
    `${id}.json`,
  ]] as const;
  for (const [name, file] of cases) {
    await t.step(name, async () => {
      await Deno.rename(at(file), at("aside"));
      await output(["mkfifo", at(file)]);
      for (const args of [["backups"], ["verify", id], ["restore", "--yes", id], ["status"]]) {
        const { code, said } = await ends(args);
        assert.notEqual(code, 137, `${args} waited for ever`);
        if (args.includes(id)) assert.ok([4, 9, 10].includes(code), said);
      }
      await shop.exits(0, ["backup", "--verify", "none"]);
      await Deno.remove(at(file));
      await Deno.rename(at("aside"), at(file));
    });
  }
  await t.step("a folder as the dump", async () => {
    await Deno.rename(at(dump.file), at("aside"));
    await Deno.mkdir(at(dump.file));
    assert.equal((await ends(["verify", id])).code, 9);
    await Deno.remove(at(dump.file));
    await Deno.rename(at("aside"), at(dump.file));
  });
  await shop.exits(0, ["verify", "--all"]);
});

Deno.test("a journal that was damaged is in nobody's way", async () => {
  await shop.backUp();
  await shop.exits(0, ["restore", "--yes", "latest"]);
  const path = at("journal.jsonl");
  await Deno.writeTextFile(path, '{"half": \n\u0000\u0001garbage\n[]\n"text"\n{}', {
    append: true,
  });
  for (const args of [["status"], ["backup", "--verify", "none"], ["restore", "--undo", "--yes"]]) {
    await shop.exits(0, args);
  }
  await shop.exits(0, ["restore", "--finalize", "--yes"]);
  await shop.assertQuiet();
});

Deno.test("a backup whose folder is removed under way says so, and the next one is good", async (t) => {
  for (const point of ["dump", "verify"]) {
    await t.step(`at ${point}`, async () => {
      const program = shop.start(["backup", "--verify", "read"]);
      assert.ok(await program.reaches(point), `it never came to ${point}`);
      program.kill("SIGSTOP");
      await Deno.remove(`${shop.stack.folder}/backups`, { recursive: true });
      program.kill("SIGCONT");
      const { code, stdout, stderr } = await program.ended();
      assert.equal(code, 1, stdout + stderr);
      assert.doesNotMatch(stdout + stderr, /\n {4}at |"defect"/);
      assert.match(stdout, /db_backup_\d+_\d+|backups/);
      await shop.assertQuiet();
      await shop.backUp();
      await shop.exits(0, ["verify", "latest"]);
    });
  }
});
