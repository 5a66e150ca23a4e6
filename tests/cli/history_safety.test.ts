import assert from "node:assert/strict";
import { BRANCHES } from "../docker/verbs/project.ts";
import { CliShop } from "./shop.ts";

const shop = await CliShop.open(BRANCHES);

Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

const SENTENCES = [
  "They part at aaaa1111 (hang paintings).",
  "On the branch of bbbb2222 since: bbbb2222 (frame them).",
  "On the branch of cccc3333 since: cccc3333 (price them).",
  "Both branches touch table paintings: bbbb2222 and cccc3333, as far as their SQL tells.",
];

Deno.test("status must say how two heads part, what is in conflict, and what joins them", async () => {
  const { code, stdout } = await shop.run(["status"]);
  assert.equal(code, 0);
  assert.match(stdout, /^revision\tbase .*, 3 pending; 2 heads: bbbb2222, cccc3333$/m);
  for (const sentence of SENTENCES) assert.ok(stdout.includes(sentence), stdout);
  assert.match(stdout, /Join them: oakum merge bbbb2222 cccc3333/);
});

Deno.test("upgrade must refuse head with the same words, and the command that joins them", async () => {
  const { code, stderr } = await shop.run(["upgrade", "--yes"]);
  assert.equal(code, 10);
  for (const sentence of SENTENCES) assert.ok(stderr.includes(sentence), stderr);
  assert.match(stderr, /oakum merge bbbb2222 cccc3333/);
});

Deno.test("merge must show what is in conflict before anything is made", async () => {
  const { code, stdout } = await shop.run(["merge", "--dry-run", "--json"]);
  assert.equal(code, 0);
  const [conflict] = JSON.parse(stdout).branches.conflicts;
  assert.deepEqual([conflict.level, conflict.table], ["shared", "paintings"]);
  const piped = await shop.run(["merge", "--dry-run"]);
  assert.match(piped.stderr, /^warning: .*paintings/m);
  assert.equal(piped.stdout.split("\n").length, 2, "the path alone");
});

Deno.test("status must tell an applied revision whose file was edited, and --json all of it", async () => {
  const upgraded = await shop.run(["upgrade", "frames@head", "--yes", "--backup", "none"]);
  assert.equal(upgraded.code, 0, upgraded.stderr);
  assert.doesNotMatch((await shop.run(["status"])).stdout, /^edited/m);
  const path = `${shop.folder}/web/migrations/versions/bbbb2222.py`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace("add frame text", "add frame varchar"));
  const { stdout } = await shop.run(["status"]);
  assert.match(stdout, /^edited\tbbbb2222 was applied 20\S+; its file was changed since$/m);
  const { revision } = JSON.parse((await shop.run(["status", "--json"])).stdout);
  const [edited, ...others] = revision.edited;
  assert.deepEqual([edited.revision, edited.what, others], ["bbbb2222", "code", []]);
});

Deno.test("doctor --locate must find what a stamp got wrong, and print the stamp that mends it", async () => {
  const stamped = await shop.run(["stamp", "aaaa1111", "--yes"]);
  assert.equal(stamped.code, 0, stamped.stderr);
  const known = await shop.run(["doctor", "--locate"]);
  assert.equal(known.code, 9, known.stderr);
  const place =
    /^trouble\tplace\tThe schema is exactly what oakum left at bbbb2222 \(frame them\)\./m;
  assert.match(known.stdout, place);
  assert.match(known.stdout, /\toakum stamp bbbb2222$/m);
  const env = { OAKUM_BACKUP_DIR: `${shop.folder}/none` };
  const nowhere = await shop.run(["doctor", "--locate", "--json"], { env });
  const { place: found } = JSON.parse(nowhere.stdout);
  assert.deepEqual([found.by, found.current], ["replay", ["aaaa1111"]], nowhere.stderr);
  // Its file says varchar by now; oakum applied text.
  assert.equal(found.verdict, "nearest");
  const unlike = found.candidates.flatMap((one: { differences: string[] }) => one.differences);
  assert.ok(unlike.some((text: string) => text.includes("paintings.frame")), unlike.join());
  assert.doesNotMatch(nowhere.stdout, /s3cret/);
});
