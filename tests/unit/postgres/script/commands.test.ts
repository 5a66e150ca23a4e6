import assert from "node:assert/strict";
import { judgeCommand } from "../../../../src/postgres/script/commands.ts";
import { commandOf } from "./read.ts";

const judge = (script: string) => judgeCommand(commandOf(script));

Deno.test("judgeCommand() leaves out what only changes how psql prints or stops", () => {
  const scripts = [
    "\\restrict aX9",
    "\\unrestrict aX9",
    "\\set ON_ERROR_STOP on",
    "\\set VERBOSITY terse",
    "\\set ECHO none",
    "\\set QUIET",
    "\\unset ON_ERROR_STOP",
    "\\set AUTOCOMMIT on",
    "\\echo 'loading \\'a\\''",
    "\\warn x",
    "\\pset pager off",
    "\\timing",
    "\\x",
    "\\dt+ public.*",
    "\\conninfo",
  ];
  for (const script of scripts) assert.deepEqual(judge(script), { kind: "leave-out" }, script);
});

Deno.test("judgeCommand() refuses what reads, writes, runs or depends on something outside", () => {
  const scripts = [
    "\\i rest.sql",
    "\\ir more/rest.sql",
    "\\include 'a b.sql'",
    "\\copy a from 'a.csv' csv",
    "\\copy a from program 'ls'",
    "\\copy a to 'a.csv'",
    "\\copy (select ' from stdin ') to 'a.csv'",
    "\\copy (select a from stdin) to 'a.csv'",
    "\\copy a to program 'cat > /a' -- from stdin",
    "\\lo_import '/srv/pic.png'",
    "\\o /nope/x",
    "\\g out.txt",
    "\\g |cat",
    "\\gexec",
    "\\gset",
    "\\encoding FOO",
    "\\cd /nope",
    "\\! rm -rf /",
    "\\setenv A b",
    "\\if :x",
    "\\endif",
    "\\prompt name",
    "\\watch 1",
    "\\set AUTOCOMMIT off",
    "\\set x `date`",
    "\\set x 'a; drop table b'",
    "\\echo `date`",
    "\\echo a \\i rest.sql",
    "\\pset pager off \\! ls",
    "\\crosstabview",
    "\\unknown",
  ];
  for (const script of scripts) {
    const verdict = judge(script);
    assert.equal(verdict.kind, "refuse", script);
    assert.ok(verdict.kind === "refuse" && verdict.what && verdict.hint, script);
  }
});

Deno.test("judgeCommand() passes what belongs to the script itself", () => {
  for (
    const script of [
      ...["select 1 \\g", "select 1 \\gx", "\\set who app"],
      ...["\\copy t from stdin\n\\.", '\\copy s."my t"(a, "b c") FROM stdin csv\n\\.'],
    ]
  ) {
    assert.deepEqual(judge(script), { kind: "pass" }, script);
  }
  assert.deepEqual(judge("\\q"), { kind: "end" });
});

Deno.test("judgeCommand() says which database \\connect leads to, and refuses another server", () => {
  const cases: [script: string, database: string | undefined, user?: string][] = [
    ["\\connect shop", "shop"],
    ['\\connect "shop";', "shop"],
    ["\\c Shop", "Shop"],
    ["\\c 'my shop' alice", "my shop", "alice"],
    ["\\connect - alice", undefined, "alice"],
    ["\\connect -reuse-previous=on \"dbname='a ''b'\"", undefined],
    ["\\connect -reuse-previous=on \"dbname='we\\'ird'\"", "we'ird"],
    ['\\connect -reuse-previous=on "dbname=plain"', "plain"],
    ["\\c shop - - -", "shop"],
    ["\\c", undefined],
  ];
  for (const [script, database, user] of cases) {
    const verdict = judge(script);
    if (script.includes("''b")) assert.equal(verdict.kind, "refuse", script);
    else assert.deepEqual(verdict, { kind: "connect", to: { database, user } }, script);
  }
  for (
    const script of [
      '\\connect "host=172.17.0.1 user=postgres dbname=shop"',
      "\\c shop alice db.example.org",
      "\\c postgresql://db/shop",
      "\\c shop \\\\ select 1;",
    ]
  ) assert.equal(judge(script).kind, "refuse", script);
});
