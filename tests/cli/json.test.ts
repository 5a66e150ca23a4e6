import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { BRANCHES } from "../docker/verbs/project.ts";
import { assertGolden } from "./golden.ts";
import { masked } from "./masked.ts";
import { CliShop } from "./shop.ts";

const shop = await CliShop.open(BRANCHES);
const image = (format: string) => output(["docker", "inspect", "-f", format, shop.web]);
const known: Record<string, string> = {
  [shop.folder]: "FOLDER",
  [shop.stack.project]: "PROJECT",
  [await image("{{.Config.Image}}")]: "IMAGE",
  [(await image("{{.Image}}")).replace("sha256:", "").slice(0, 12)]: "IMAGE-ID",
};

Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

/** Runs a verb, compares its one document with its golden file. */
async function golden(name: string, args: readonly string[], code = 0) {
  const ended = await shop.run([...args, "--json", "--quiet", "--yes"]);
  assert.equal(ended.code, code, ended.stderr + ended.stdout);
  assert.doesNotMatch(ended.stdout + ended.stderr, /s3cret/);
  await assertGolden(`json-${name}`, masked(ended.stdout, known));
}

Deno.test("the JSON of every verb is its golden file, with what differs masked", async (t) => {
  const step = (name: string, args: readonly string[], code = 0) =>
    t.step(name, async () => await golden(name, args, code));

  await step("heads", ["heads"]);
  await step("upgrade-plan", ["upgrade", "heads", "--dry-run"]);
  await step("upgrade", ["upgrade", "aaaa"]);
  await step("current", ["current"]);
  await step("history", ["history"]);
  await step("show", ["show", "frames"]);
  await step("check", ["check"], 9);
  await step("upgrade-all", ["upgrade", "heads", "--backup", "none"]);
  await step("downgrade", ["downgrade", "aaaa", "--backup", "none"]);
  await step("stamp-plan", ["stamp", "heads", "--dry-run"]);
  await step("stamp", ["stamp", "heads"]);
  await t.step("merge", mergeGolden);
  await step("revision", ["revision", "-m", "sign them", "--rev-id", "eeee5555"]);

  await step("backup-plan", ["backup", "--dry-run"]);
  await step("backup", ["backup", "--note", "before the fair"]);
  await step("backup-all", ["backup", "--all", "-p", shop.stack.project]);
  await step("backups", ["backups"]);
  await step("pin", ["pin", "latest", "--note", "the fair"]);
  await step("verify", ["verify"]);
  await step("restore-plan", ["restore", "--dry-run"]);
  await step("restore", ["restore"]);
  await step("restore-undo", ["restore", "--undo"]);
  await step("restore-finalize", ["restore", "--finalize"]);
  await t.step("adopt", async () => {
    const dump = await output(["docker", "exec", shop.db, "pg_dump", "-U", "shop", "shop"]);
    await Deno.writeTextFile(`${shop.folder}/db_backup_20240229_031500.sql`, dump);
    await golden("adopt-plan", ["adopt", "db_backup_20240229_031500.sql", "--dry-run"]);
    await golden("adopt", ["adopt", "db_backup_20240229_031500.sql"]);
  });

  await step("status", ["status"]);
  await t.step("doctor", doctorGolden);
  await step("init", ["init", "--dry-run", "--guard", "backup"]);
  await step("error", ["upgrade", "nosuch"], 10);
  await t.step("status-closed", async () => {
    await output(["docker", "stop", "--time", "5", shop.db]);
    await golden("status-closed", ["status"], 4);
  });
});

/** A merge makes up its own id. */
async function mergeGolden(): Promise<void> {
  const { code, stdout, stderr } = await shop.run(["merge", "-m", "join", "--json", "--quiet"]);
  assert.equal(code, 0, stderr);
  const [{ revision }] = JSON.parse(stdout).files;
  known[revision] = "REVISION";
  await assertGolden("json-merge", masked(stdout, known));
}

/** What the doctor says hangs on the machine; what it looked at does not. */
async function doctorGolden(): Promise<void> {
  const { stdout } = await shop.run(["doctor", "--json", "--quiet"]);
  const report = JSON.parse(stdout);
  const checks = report.checks.map((check: Record<string, string | null>) => ({
    ...check,
    // How full the tester's disks are is none of ours.
    level: check["name"]?.endsWith("-disk") ? "LEVEL" : check["level"],
    text: typeof check["text"],
    mend: check["mend"] === null ? null : typeof check["mend"],
  }));
  await assertGolden("json-doctor", masked(JSON.stringify({ ...report, checks }), known));
}
