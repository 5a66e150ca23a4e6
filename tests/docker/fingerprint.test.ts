import assert from "node:assert/strict";
import type postgres from "postgres";
import { newRunId } from "../../src/core/run.ts";
import {
  differenceText,
  type Fingerprint,
  readFingerprint,
  schemaDifferences,
} from "../../src/postgres/fingerprint.ts";
import { run } from "../../docker/command.ts";
import { server, type TestDatabase, type TestServer } from "./fixtures.ts";
import { CHANGES, CHANGES_SINCE_18, NO_CHANGES } from "./sql/changes.ts";
import richSchema from "./sql/rich_schema.sql" with { type: "text" };

const IMAGES = ["postgres18", "postgres17", "postgres15"] as const;

interface Rich extends AsyncDisposable {
  readonly shared: TestServer;
  readonly database: TestDatabase;
  /** A text with the test's own role in it. */
  withRole(text: string): string;
}

/** A database with the rich schema and a role that it names. */
async function rich(image: (typeof IMAGES)[number], script = richSchema): Promise<Rich> {
  const shared = await server(image);
  const database = await shared.createDatabase();
  const role = `r_${newRunId()}`;
  const withRole = (text: string) => text.replaceAll("__ROLE__", role);
  await database.sql.unsafe(withRole(`create role __ROLE__; ${script}`));
  return {
    ...{ shared, database, withRole },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      const admin = shared.sql("postgres", { max: 1 });
      await admin.unsafe(withRole("drop role __ROLE__")).finally(() => admin.end());
    },
  };
}

/** Reads in a transaction that is then rolled back, with a statement before it. */
async function fingerprintAfter(sql: postgres.Sql, statement = "select 1"): Promise<Fingerprint> {
  const held = await sql.reserve();
  try {
    await held`begin`;
    await held.unsafe(statement);
    return await readFingerprint(held);
  } finally {
    await held`rollback`;
    held.release();
  }
}

const inWords = (a: Fingerprint, b: Fingerprint) => schemaDifferences(a, b).map(differenceText);

async function inContainer(container: string, script: string, ...args: string[]): Promise<void> {
  const argv = ["docker", "exec", container, "bash", "-ec", `set -o pipefail; ${script}`, "bash"];
  const { code, stderr } = await run([...argv, ...args]);
  assert.equal(code, 0, stderr);
}

for (const image of IMAGES) {
  const news = image === "postgres18" ? CHANGES_SINCE_18 : [];
  Deno.test(`a fingerprint is the same before a dump and after its restore on ${image}`, async () => {
    await using at = await rich(image);
    await using copy = await at.shared.createDatabase();
    for (const statement of news) await at.database.sql.unsafe(statement);
    const before = await fingerprintAfter(at.database.sql);
    const kinds = new Set(before.rows.map(([kind]) => kind));
    assert.ok(kinds.size > 30, [...kinds].join(", "));
    const names = [at.database.name, copy.name];
    const script = 'pg_dump -U postgres -Fc "$1" | pg_restore -U postgres -e -d "$2"';
    await inContainer(at.shared.name, script, ...names);
    const after = await fingerprintAfter(copy.sql);
    assert.deepEqual(inWords(before, after), []);
    assert.equal(after.sha256, before.sha256);
  });

  Deno.test(`a fingerprint on ${image} tells every change of the schema from none`, async (t) => {
    await using at = await rich(image);
    const { sql } = at.database;
    const before = await fingerprintAfter(sql);
    assert.ok(!JSON.stringify(before.rows).includes("very secret"));
    const seen = new Map([[before.sha256, "nothing"]]);
    for (const statement of [...CHANGES, ...news]) {
      await t.step(statement, async () => {
        const after = await fingerprintAfter(sql, at.withRole(statement));
        const same = seen.get(after.sha256);
        assert.equal(same, undefined, `as after ${same}`);
        seen.set(after.sha256, statement);
        assert.notDeepEqual(inWords(before, after), []);
      });
    }
    for (const statement of NO_CHANGES) {
      await t.step(`no change: ${statement}`, async () => {
        const after = await fingerprintAfter(sql, at.withRole(statement));
        assert.deepEqual(inWords(before, after), []);
        assert.equal(after.sha256, before.sha256);
      });
    }
  });
}

Deno.test("a fingerprint does not depend on the order in which things were made", async () => {
  const [a, b, c] = [
    "create table a (x int, y int); create index on a (x); create index on a (y);",
    "create table b (x int); grant select on b to __ROLE__; grant update on b to public;",
    "create type c as enum ('x'); create function f() returns int language sql as 'select 1';",
  ];
  await using one = await rich("postgres17", a + b + c);
  await using two = await rich(
    "postgres17",
    c + "create table b (gone int, x int); alter table b drop column gone;" +
      "grant update on b to public; grant select on b to __ROLE__;" +
      "create table a (x int, y int); create index a_y_idx on a (y); create index a_x_idx on a (x);",
  );
  const role = two.withRole("__ROLE__");
  const second = await fingerprintAfter(two.database.sql);
  const first = await fingerprintAfter(one.database.sql);
  const renamed = JSON.parse(
    JSON.stringify(second.rows).replaceAll(role, one.withRole("__ROLE__")),
  );
  assert.deepEqual(first.rows, renamed);
});
