import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { LoginAttempts } from "../../src/postgres/attempt.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";
import { dumpDatabase } from "../../src/postgres/dump.ts";
import { logIn } from "../../src/targets/server.ts";
import { server } from "./fixtures.ts";

// Before 17 no login sets off an event trigger.
for (const image of ["postgres17", "postgres18"] as const) {
  Deno.test(`oakum's own logins write nothing into a database that logs them, in ${image}`, async (t) => {
    const shared = await server(image);
    await using database = await shared.createDatabase();
    const { name, sql } = database;
    const owner = `${name}_owner`;
    await sql.unsafe(`
      create table logins (who text);
      create function note_login() returns event_trigger language plpgsql security definer
        as $$ begin insert into public.logins values (session_user); end $$;
      create event trigger note_login on login execute function note_login();
      create role ${owner} login password 'pw'; alter database ${name} owner to ${owner}`);
    const count = async () => Number((await sql`select count(*) as n from logins`)[0]!["n"]);
    const { engine, access } = shared;
    const login = (credentials: typeof access.credentials) =>
      logIn({ engine, runId: newRunId(), signal: AbortSignal.timeout(120_000) }, {
        container: access.container,
        listening: { port: access.port, socketFolder: undefined, from: "the test" },
        credentials: [credentials],
        databases: [name],
      });

    await t.step("as a superuser: connections, tools, trials of an app's address", async () => {
      const before = await count();
      const opened = await login(access.credentials);
      await using session = opened.session;
      await using snapshot = await Snapshot.take(session.sql(name, { max: 1 }));
      const what = { database: name, snapshot, format: { format: "plain", compression: "none" } };
      const ignored = () => Promise.resolve();
      const signal = AbortSignal.timeout(120_000);
      await dumpDatabase(session, what as never, ignored, () => {}, signal);
      const attempts = await LoginAttempts.at("127.0.0.1", session);
      assert.equal((await attempts.try(access.credentials, name)).kind, "let-in");
      assert.equal(await count(), before);
    });

    await t.step("as an owner, who may not turn them off, it is let in all the same", async () => {
      const opened = await login({ user: owner, password: "pw", from: "the test" });
      await using session = opened.session;
      const [row] = await session.sql(name, { max: 1 })`select current_user as who`;
      assert.equal(row?.["who"], owner);
      const attempts = await LoginAttempts.at("127.0.0.1", session);
      assert.equal((await attempts.try({ user: owner, password: "pw" }, name)).kind, "let-in");
    });
    await sql.unsafe(`alter database ${name} owner to postgres; drop role ${owner}`);
  });
}
