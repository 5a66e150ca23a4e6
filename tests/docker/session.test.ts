import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { server } from "./fixtures.ts";

for (const image of ["postgres17", "postgres15"] as const) {
  Deno.test(`a session reads the database in ${image} that it was asked for`, async () => {
    const { engine, access, createDatabase } = await server(image);
    await using database = await createDatabase();
    await database.sql`create table numbers as select generate_series(1, 1000) as n`;

    await using session = await ServerSession.open(engine, access, newRunId());
    const sql = session.sql(database.name);
    const [row] = await sql<{ total: string; version: string }[]>`
      select sum(n) as total, current_setting('server_version') as version from public.numbers`;
    assert.equal(row?.total, "500500");
    assert.match(row.version, new RegExp(`^${image.slice("postgres".length)}\\.`));
  });
}
