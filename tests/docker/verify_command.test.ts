import assert from "node:assert/strict";
import type { VerifyReport } from "../../src/reports/verify.ts";
import { oakum } from "../cli/program.ts";
import { psql, TestStack } from "./stack.ts";

/** Valid in its database, and never restorable: a restore has no search path. */
const UNQUALIFIED = `
  create function positive(int) returns boolean immutable language sql as 'select $1 > 0';
  create function valid(int) returns boolean immutable language plpgsql
    as 'begin return positive($1); end';
  create table bids (cents int check (valid(cents)));
  insert into bids values (1), (2)`;

Deno.test("a database named postgres, whose dump does not restore unaided", async (t) => {
  await using stack = await TestStack.create();
  const db = await stack.addServer("db", { options: ["--env", "POSTGRES_PASSWORD=secret"] });
  await psql(db, "postgres", UNQUALIFIED);
  const type = (...args: string[]) => oakum(args, { cwd: stack.folder });
  let mend = "";

  await t.step("verify --restore ends with 9, and names the table and the mend", async () => {
    assert.equal((await type("backup", "--verify", "none")).code, 0);
    const { code, stdout } = await type("verify", "--restore");
    assert.equal(code, 9, stdout);
    assert.match(
      stdout,
      /^ {2}The dump does not restore at table "bids": .* does not exist\. The/m,
    );
    const [found = ""] = /ALTER FUNCTION public\.valid\(integer\) SET [^;]+;/.exec(stdout) ?? [];
    assert.notEqual(found, "", stdout);
    mend = found;
  });

  await t.step("a backup that is proved by itself says the same, and is not trusted", async () => {
    const { code, stdout, stderr } = await type("backup");
    assert.equal(code, 9, `${stderr}${stdout}`);
    assert.match(`${stderr}${stdout}`, /ALTER FUNCTION public\.valid\(integer\) SET/);
    const refused = await type("restore", "--yes");
    assert.notEqual(refused.code, 0, "latest passes over both");
  });

  await t.step("with the mend it is proved, and brought back", async () => {
    await psql(db, "postgres", mend);
    assert.equal((await type("backup", "--verify", "none")).code, 0);
    const { stdout } = await type("verify", "--restore", "--json");
    const { verified }: VerifyReport = JSON.parse(stdout.trimEnd().split("\n").at(-1)!).report;
    assert.deepEqual(verified.map(({ level, findings }) => [level, findings]), [["restore", []]]);
    await psql(db, "postgres", "truncate bids");
    const { code, stderr } = await type("restore", "--yes");
    assert.equal(code, 0, stderr);
    assert.equal(await psql(db, "postgres", "select count(*) from bids"), "2");
  });
});
