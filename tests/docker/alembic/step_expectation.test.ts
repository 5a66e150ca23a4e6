import assert from "node:assert/strict";
import { failureOf, resultOf } from "./program.ts";
import { FIRST, isEmpty, scene } from "./step_scene.ts";

Deno.test("a step runs nothing in a database or on a server that is not the expected one", async () => {
  await using at = await scene();
  const { database, step } = at;
  const { sql } = database;
  const refused = async (expect: object) => failureOf(await step({ ...FIRST, expect })).kind;

  assert.equal(await refused({ database: "another" }), "wrong-database");
  assert.equal(await refused({ server_started: "1" }), "wrong-server");
  assert.equal(await refused({ system_identifier: "1" }), "wrong-server");
  const copy = (value: string | null) => ({ setting: { name: "oakum.sandbox", value } });
  assert.equal(await refused(copy("run1")), "wrong-server");
  await sql.unsafe(`alter database "${database.name}" set oakum.sandbox = 'run1'`);
  assert.equal(await refused(copy(null)), "wrong-server");
  assert.ok(await isEmpty(database));

  const [row] = await sql<{ started: string; identifier: string }[]>`
    select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text as started,
      system_identifier::text as identifier from pg_control_system()`;
  const expect = {
    ...copy("run1"),
    database: database.name,
    server_started: row?.started,
    system_identifier: row?.identifier,
  };
  const early = { ...expect, server_started: "1" };
  const restarted = failureOf(await step({ ...FIRST, expect: early }));
  assert.equal(restarted.kind, "server-restarted");
  assert.match(restarted.message, /^The server was started anew meanwhile/);
  // A server that is another one in both is not taken for that.
  assert.equal(await refused({ ...early, system_identifier: "1" }), "wrong-server");
  assert.ok(await isEmpty(database));
  assert.deepEqual(resultOf(await step({ ...FIRST, expect }))["heads"], ["art0001"]);
});

Deno.test("an env.py that tries again cannot get past the check", async () => {
  await using at = await scene();
  await at.app.write(
    "env.py",
    [
      "import os, time",
      "from sqlalchemy import create_engine",
      "while True:",
      "    try:",
      "        create_engine(os.environ['DATABASE_URL']).connect()",
      "    except BaseException:",
      "        time.sleep(0.1)",
      "    else:",
      "        create_engine(os.environ['DATABASE_URL']).connect()",
      "",
    ].join("\n"),
  );
  const ended = await at.step({ ...FIRST, expect: { server_started: "1" } });
  assert.equal(failureOf(ended).kind, "wrong-server");
  assert.equal(ended.code, 3);
});
