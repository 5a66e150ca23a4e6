import assert from "node:assert/strict";
import { checkApp } from "../../src/operations/doctor/app.ts";
import { server } from "./fixtures.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES } from "./verbs/project.ts";

/** What the doctor says of an app whose `env.py` may take this long, by the checks' names. */
async function checksOf(app: TestApp, milliseconds?: number) {
  const { place, database, migrator, context, dir, target } = app;
  const sql = place.session.sql(database.name);
  const known = { target: place.database, sql, journal: { dir, target } };
  const about = { service: "web", newerImage: undefined, locates: false, database: known };
  const found = await checkApp(migrator, about, context.signal, milliseconds);
  return Object.fromEntries(found.map((check) => [check.name, check]));
}

/** One that dials where something listens that never answers. */
const SILENT = `import socket
from sqlalchemy import create_engine
nobody = socket.create_server(("127.0.0.1", 0))
create_engine("postgresql+psycopg://u@127.0.0.1:%d/d" % nobody.getsockname()[1]).connect()
`;

Deno.test("checkApp() tells of the scripts where env.py has no answer", async () => {
  const files = { "migrations/env.py": SILENT };
  await using app = await startApp({ revisions: BRANCHES, files });
  const found = await checksOf(app, 3000);
  assert.equal(found["app-connection"]?.level, "trouble");
  assert.match(
    found["app-connection"]?.text ?? "",
    /had no answer from its database for 3 seconds/,
  );
  assert.equal(found["several-heads"]?.level, "trouble");
  assert.match(found["behind"]?.text ?? "", /behind, at base/);
});

Deno.test("checkApp() names who keeps the version table locked", async () => {
  await using app = await startApp({ revisions: BRANCHES });
  await app.upgrade("aaaa1111");
  const sql = (await server("postgres17")).sql(app.database.name, { max: 1 });
  try {
    await sql`set application_name = 'nightly vacuum'`;
    await sql.unsafe("begin; lock table alembic_version in access exclusive mode").simple();
    const found = await checksOf(app);
    assert.equal(found["app-connection"]?.level, "trouble");
    assert.match(
      found["app-connection"]?.text ?? "",
      /env\.py of web .* locked by .*nightly vacuum/,
    );
    assert.equal(found["several-heads"]?.level, "trouble");
    assert.equal(found["behind"]?.level, "not-checked");
  } finally {
    await sql.end({ timeout: 1 });
  }
});
