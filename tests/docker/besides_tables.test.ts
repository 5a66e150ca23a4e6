import assert from "node:assert/strict";
import { lostBesidesTables, readBesidesTables } from "../../src/postgres/besides_tables.ts";
import { server } from "./fixtures.ts";

Deno.test("lostBesidesTables() must name what is lost besides rows, and no more", async (t) => {
  await using database = await (await server("postgres17")).createDatabase();
  const { sql } = database;
  await sql`create sequence up`;
  await sql`create sequence down increment -1`;
  await sql`create sequence unused`;
  await sql`select setval('up', 30), setval('down', -30), lo_from_bytea(1, 'one')`;
  const before = await readBesidesTables(sql);

  const changes = {
    "nothing where nothing is lost": [
      "select setval('up', 31), setval('down', -31); drop sequence unused",
    ],
    "a sequence that goes back": [
      "select setval('up', 29)",
      "sequence public.up: goes back from 30 to 29, so numbers are given out twice",
    ],
    "one that counts down": [
      "select setval('down', -29)",
      "sequence public.down: goes back from -30 to -29, so numbers are given out twice",
    ],
    "one that begins anew": [
      "alter sequence up restart",
      "sequence public.up: goes back from 30 to its start, so numbers are given out twice",
    ],
    "one that is gone": ["drop sequence up", "sequence public.up: gone, it stood at 30"],
    "a large object that is gone": [
      "select lo_unlink(1)",
      "large objects: 1 now, 0 then, and not the same ones",
    ],
    "a large object under another id": [
      "select lo_unlink(1), lo_from_bytea(2, 'one')",
      "large objects: 1 now, 1 then, and not the same ones",
    ],
    "a large object with other bytes": [
      "select lo_put(1, 0, 'two')",
      "large objects: 1 now, 1 then, and not the same ones",
    ],
  };
  for (const [what, [change, ...lost]] of Object.entries(changes)) {
    await t.step(what, async () => {
      await sql.begin(async (transaction) => {
        await transaction.unsafe(change!);
        assert.deepEqual(lostBesidesTables(before, await readBesidesTables(transaction)), lost);
        await transaction`rollback and chain`;
      });
      // What setval() did, no rollback takes back.
      await sql`select setval('up', 30), setval('down', -30)`;
    });
  }
});
