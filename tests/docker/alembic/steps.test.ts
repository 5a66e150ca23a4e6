import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { server } from "../fixtures.ts";
import { failureOf, headsIn, probe, resultOf } from "./program.ts";
import { ADDED, addRevision, FIRST, isEmpty, scene } from "./step_scene.ts";

function connected(sql: Sql) {
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}

Deno.test("statements outside of a transaction are told as such", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    'op.execute("create table before (id int)")',
    "with op.get_context().autocommit_block():",
    '    op.execute("create index concurrently by_title on paintings (title)")',
    'op.execute("select 1/0")',
  ]);
  const ended = await at.step(ADDED);
  assert.equal(failureOf(ended).sqlstate, "22012");
  const told = ended.lines.flatMap((line) =>
    line.event === "statement" && /^create/i.test(line.sql) ? [[line.sql, line.autocommit]] : []
  );
  assert.deepEqual(told, [
    ["create table before (id int)", false],
    ["create index concurrently by_title on paintings (title)", true],
  ]);
  assert.ok(ended.lines.some(({ event }) => event === "commit"));
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
});

Deno.test("a step works in a database without an encoding, whatever the driver makes of that", async () => {
  await using at = await scene();
  const { name } = at.database;
  const { sql } = await server("postgres17");
  await using admin = connected(sql("postgres", { max: 1 }));
  await admin.sql.unsafe(`drop database "${name}" with (force)`);
  await admin.sql.unsafe(
    `create database "${name}" encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`,
  );
  await admin.sql.unsafe(`alter database "${name}" set oakum.sandbox = 'run1'`);
  const expect = { database: name, setting: { name: "oakum.sandbox", value: "run1" } };
  const first = await at.step({ ...FIRST, expect, measure: true });
  assert.deepEqual(resultOf(first)["heads"], ["art0001"]);
  const locked = first.lines.flatMap((line) => line.event === "statement" ? line.locks ?? [] : []);
  assert.ok(locked.some(({ relation }) => relation === "public.paintings"), JSON.stringify(locked));
  const { databases, database_error: trouble } = await probe(at.app, { db: true, expect }, at.env);
  assert.equal(trouble, undefined);
  const [where] = databases ?? [];
  assert.deepEqual([where?.heads, where?.version_table_found_in], [["art0001"], "public"]);
  const wrong = { ...expect, database: "another" };
  const { kind, message } = failureOf(await at.step({ ...ADDED, expect: wrong }));
  assert.deepEqual([kind, message.includes("b'")], ["wrong-database", false]);
});

Deno.test("a thousand statements that only differ in their values are one line", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    "for number in range(1000):",
    "    op.get_bind().execute(",
    "        sa.text('insert into paintings (title) values (:t)'), dict(t=str(number))",
    "    )",
    "for number in range(1000):",
    "    op.execute('delete from paintings where id = %d' % number)",
  ]);
  const ended = await at.step(ADDED);
  assert.deepEqual(resultOf(ended)["heads"], ["extra01"]);
  const told = ended.lines.flatMap((line) =>
    line.event === "statement" && / (into|from) paintings/.test(line.sql)
      ? [[line.sql.slice(0, 6), line.count]]
      : []
  );
  assert.deepEqual(told, [["insert", 1000], ["delete", 1000]]);
});

Deno.test("a step refuses a version table that has moved, and a revision that is not next", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  assert.deepEqual(failureOf(await at.step(FIRST)).data, { expected: [], found: ["art0001"] });
  const kind = async (...args: Parameters<typeof at.step>) =>
    failureOf(await at.step(...args)).kind;
  assert.equal(await kind(FIRST), "moved");
  assert.equal(await kind({ do: { upgrade: "art0003" }, heads: ["art0001"] }), "out-of-order");
  assert.equal(await kind({ do: { upgrade: "art0001" }, heads: ["art0001"] }), "out-of-order");
  assert.equal(await kind({ do: { downgrade: "bank001" }, heads: ["art0001"] }), "out-of-order");
  assert.equal(await kind({ do: { upgrade: "art000" }, heads: ["art0001"] }), "no-revision");
  await addRevision(at.app, ["pass"]);
  assert.deepEqual(resultOf(await at.step(ADDED))["heads"], ["extra01"]);
  assert.equal(await kind({ do: { downgrade: "extra01" }, heads: ["extra01"] }), "no-downgrade");
});

Deno.test("a stamp writes exactly the rows that it is told, also over unknown ones", async () => {
  await using at = await scene();
  const stamp = async (to: string[], heads: string[]) => {
    const ended = await at.step({ do: { stamp: to }, heads });
    assert.deepEqual(resultOf(ended)["heads"], to.toSorted());
    assert.deepEqual(await headsIn(at.database), to.toSorted());
  };
  await stamp(["art0004", "art0005"], []);
  await stamp(["art0005", "bank001"], ["art0004", "art0005"]);
  await at.database
    .sql`update alembic_version set version_num = 'gone' where version_num = 'bank001'`;
  await stamp(["art0006"], ["art0005", "gone"]);
  await stamp([], ["art0006"]);
});

Deno.test("the SQL of a step can be had without a database", async () => {
  await using at = await scene();
  const asked = { do: { upgrade: "art0003" }, heads: ["art0002", "bank002"], sql: true };
  const { sql } = resultOf(await at.step(asked));
  assert.match(String(sql), /CREATE TABLE sales/);
  assert.match(String(sql), /UPDATE alembic_version SET version_num='art0003'/);
  assert.ok(await isEmpty(at.database));
});
