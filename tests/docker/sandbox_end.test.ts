import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { newRunId } from "../../src/core/run.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { Sandbox } from "../../src/postgres/sandbox.ts";
import { server } from "./fixtures.ts";

const NEVER = new AbortController().signal;

/** A sandbox like the shared server. */
async function start(engine?: (own: Engine) => Engine) {
  const { engine: own, access } = await server("postgres17");
  return await Sandbox.start(engine?.(own) ?? own, access, newRunId(), NEVER);
}

Deno.test("a sandbox that is emptied must hold nothing any more, wherever it lay", async () => {
  await using sandbox = await start();
  await using session = await ServerSession.open(sandbox.engine, sandbox.access, newRunId());
  await assertLimited(sandbox, session);
  await assertHidden(sandbox, session);
  const folder = await sandbox.makeFolder("far");
  await session.sql("postgres").unsafe(`create tablespace far location '${folder}'`);
  await session.sql("postgres").unsafe("create table public.apples tablespace far as select 1");
  await session.sql("postgres")`checkpoint`;
  await sandbox.empty();
  const left = await output(["docker", "exec", sandbox.id, "find", "/oakum", "-type", "f"]);
  assert.equal(left, "/oakum/.s.PGSQL.5432.lock");
});

/** What code of a dump can do to the machine: start so many processes, and write beside the data. */
async function assertLimited(sandbox: Sandbox, session: ServerSession): Promise<void> {
  const limit = ["docker", "inspect", "--format", "{{.HostConfig.PidsLimit}}"];
  for (const id of [sandbox.id, session.sidecar.id]) {
    assert.equal((await output([...limit, id])).trim(), "1024");
  }
  const write = ["docker", "exec", "--user", "0", sandbox.id, "sh", "-c"];
  assert.match((await run([...write, "echo >/etc/x"])).stderr, /Read-only file system/);
  assert.equal((await run([...write, "echo >/tmp/x"])).code, 0);
}

/** What the copy is known by: whoever was told its name can ask for it, and nobody else finds it. */
async function assertHidden({ mark }: Sandbox, session: ServerSession): Promise<void> {
  const sql = session.sql("postgres", { max: 1 });
  const [told] = await sql`select current_setting(${mark.name}, true) as value,
    current_setting('oakum.sandbox', true) as old`;
  assert.deepEqual(told, { value: mark.value, old: null });
  const shown = JSON.stringify([
    await sql.unsafe("show all"),
    await sql`select * from pg_settings`,
    await sql`select * from pg_file_settings`,
    await sql`select * from pg_db_role_setting`,
  ]);
  assert.ok(!shown.includes(mark.value) && !shown.includes(mark.name), shown);
}

Deno.test("what ends with a sandbox must end with it, and not before", async () => {
  const ended: string[] = [];
  const sandbox = await start();
  sandbox.endWithIt({ [Symbol.asyncDispose]: () => Promise.resolve(void ended.push("it")) });
  sandbox.endWithIt(undefined);
  await sandbox.empty();
  assert.deepEqual(ended, []);
  await sandbox[Symbol.asyncDispose]();
  assert.deepEqual(ended, ["it"]);
  assert.notEqual((await run(["docker", "inspect", sandbox.id])).code, 0);
});

Deno.test("a sandbox whose engine answers to nothing must be let go of all the same", async () => {
  let stuck = false;
  const sandbox = await start((own) =>
    new Proxy(own, {
      get: (_, name) => {
        const value = Reflect.get(own, name, own);
        if (name === "exec" && stuck) return () => new Promise(() => {});
        return typeof value === "function" ? value.bind(own) : value;
      },
    })
  );
  stuck = true;
  await sandbox[Symbol.asyncDispose]();
  assert.notEqual((await run(["docker", "inspect", sandbox.id])).code, 0);
});
