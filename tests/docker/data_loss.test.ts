import assert from "node:assert/strict";
import { dataLost } from "../../src/operations/rehearse/data_loss.ts";
import type { Sql } from "../../src/postgres/connection.ts";
import { lossText } from "../../src/reports/data_loss.ts";
import { run } from "../../docker/command.ts";
import { server, type TestDatabase } from "./fixtures.ts";
import { CHANGES, RENAMES, SCHEMA } from "./sql/losses.ts";

const IMAGES = ["postgres17", "postgres15"] as const;
const signal = new AbortController().signal;
const VERSIONS = { schema: "public", name: "alembic_version" };

type Image = (typeof IMAGES)[number];

/** A database, and copies of it that may be changed. */
interface Stage extends AsyncDisposable {
  readonly before: Sql;
  /** A copy that a script then changed; gone when it is disposed. */
  changed(script: string): Promise<AsyncDisposable & { readonly after: Sql }>;
}

/** Ways of copying a database: with object ids, and by names only. */
const COPIES = {
  "a template": (
    before: string,
    copy: string,
  ) => ["psql", "-U", "postgres", "-c", `create database ${copy} template ${before}`],
  "a dump": (before: string, copy: string) => [
    ...[
      "bash",
      "-ec",
      'set -o pipefail; createdb -U postgres -T template0 "$2"' +
      '; pg_dump -U postgres -Fc "$1" | pg_restore -U postgres -e -d "$2"',
    ],
    ...["bash", before, copy],
  ],
};

async function stage(image: Image, how: keyof typeof COPIES): Promise<Stage> {
  const shared = await server(image);
  const stack = new AsyncDisposableStack();
  const database: TestDatabase = stack.use(await shared.createDatabase());
  // A template must have no sessions.
  const loader = shared.sql(database.name, { max: 1 });
  await loader.unsafe(SCHEMA).finally(() => loader.end());
  const template = `${database.name}_copy`;
  const copied = await run([
    "docker",
    "exec",
    shared.name,
    ...COPIES[how](database.name, template),
  ]);
  assert.equal(copied.code, 0, copied.stderr);
  const admin = shared.sql("postgres", { max: 1 });
  stack.defer(() => admin.end());
  stack.defer(async () => void await admin.unsafe(`drop database ${template} with (force)`));
  return {
    before: database.sql,
    changed: async (script) => {
      const name = `${template}_changed`;
      await admin.unsafe(`create database ${name} template ${template}`);
      // What a database has set must not decide what its values look like.
      await admin.unsafe(`alter database ${name} set extra_float_digits = -3`);
      const after = shared.sql(name);
      await after.unsafe(script);
      return {
        after,
        [Symbol.asyncDispose]: async () => {
          await after.end();
          await admin.unsafe(`drop database ${name} with (force)`);
        },
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function lost(
  before: Sql,
  after: Sql,
  kin: boolean,
  tables: readonly string[] | "all" = "all",
) {
  return (await dataLost(before, after, { tables, kin, besides: VERSIONS, signal })).map(lossText);
}

for (const image of IMAGES) {
  for (const how of ["a template", "a dump"] as const) {
    const changes = how === "a template" ? [...CHANGES, ...RENAMES] : CHANGES;
    Deno.test(`dataLost() must name what a copy by ${how} has lost, and no more, on ${image}`, async (t) => {
      await using at = await stage(image, how);
      for (const [why, script, ...expected] of changes) {
        await t.step(why, async () => {
          await using copy = await at.changed(script);
          assert.deepEqual(await lost(at.before, copy.after, how === "a template"), expected);
        });
      }
    });
  }
}

Deno.test("dataLost() must look at the tables that it is given, and a partitioned one stands for all of it", async () => {
  await using at = await stage("postgres17", "a template");
  await using copy = await at.changed("truncate shop.users, shop.notes, shop.sales");
  assert.deepEqual(await lost(at.before, copy.after, true, ["shop.notes", "shop.sales"]), [
    "50 rows of shop.notes",
    "59 rows of shop.sales",
  ]);
});

Deno.test("dataLost() must count to the row in a million, whatever the order they lie in", async () => {
  const shared = await server("postgres17");
  await using database = await shared.createDatabase();
  await using copy = await shared.createDatabase();
  // Every second id holds a time, as those that several machines hand out do.
  const script = (value: string, order: string) =>
    `create unlogged table events as
       select case when n % 2 = 0 then n else n::bigint << 22 end as id, ${value} as n
       from generate_series(${order}) n;
     alter table events add primary key (id);
     create unlogged table notes as select id, n from events where id <= 100000`;
  await database.sql.unsafe(script("n", "1, 1000000"));
  await copy.sql.unsafe(script("case when n % 2000 < 2 then -n else n end", "1000000, 1, -1"));
  assert.deepEqual(await lost(database.sql, copy.sql, false), [
    "1,000 values of public.events.n",
    "50 values of public.notes.n",
  ]);
});

Deno.test("dataLost() must compare texts of a database without an encoding, whatever is in them", async () => {
  const shared = await server("postgres17");
  const admin = shared.sql("postgres", { max: 1 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => admin.end());
  const sqls: Sql[] = [];
  for (const letter of ["e9", "e8"]) {
    const name = `t_ascii_${letter}`;
    const locale = "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'";
    await admin.unsafe(`create database ${name} template template0 ${locale}`);
    stack.defer(async () => void await admin.unsafe(`drop database ${name} with (force)`));
    const sql = shared.sql(name);
    stack.defer(() => sql.end());
    const text = `convert_from('\\x63${letter}'::bytea, 'SQL_ASCII')`;
    await sql.unsafe(
      `create table guests (id int primary key, name text, names text[], doc jsonb);
       insert into guests select n, case n when 1 then ${text} else 'x' end,
         case n when 2 then array[${text}] end, jsonb_build_object('a', case n when 3 then ${text} end)
       from generate_series(1, 9) n`,
    );
    sqls.push(sql);
  }
  assert.deepEqual(await lost(sqls[0]!, sqls[1]!, false), [
    "1 value of public.guests.name",
    "1 value of public.guests.names",
    "1 value of public.guests.doc",
  ]);
  assert.deepEqual(await lost(sqls[0]!, sqls[0]!, false), []);
});

Deno.test("dataLost() must end when it is aborted", async () => {
  await using at = await stage("postgres17", "a template");
  await using copy = await at.changed("");
  const what = {
    tables: "all" as const,
    kin: true,
    besides: VERSIONS,
    signal: AbortSignal.abort(new Error("enough")),
  };
  await assert.rejects(dataLost(at.before, copy.after, what), { message: "enough" });
});
