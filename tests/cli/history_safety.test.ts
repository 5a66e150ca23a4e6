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
