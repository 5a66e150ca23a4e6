import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { type AppOptions, type Ran, Site } from "./migrate/cli.ts";
import { type RevisionFile, THREE } from "./migrate/project.ts";

const STATE = "cccc3: apples bananas cherries";

/** What asyncpg needs. */
const ASYNC_ENV = `import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def work(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

asyncio.run(main())
`;

function assertDone(ran: Ran): void {
  assert.equal(ran.code, 0, ran.said);
}

/** A command that exports the address itself, as entrypoints do. */
function exporting(url: string): readonly string[] {
  return ["sh", "-c", 'export DATABASE_URL="$1"; exec serve', "sh", url];
}

Deno.test("oakum upgrade runs in apps as they are", async (t) => {
  await using site = await Site.open();
  const cases: Record<string, AppOptions & { readonly env?: string }> = {
    "Alembic 1.8 with SQLAlchemy 1.4": { image: "app-oldest", driver: "psycopg2" },
    "asyncpg and an app user, in Poetry's place": {
      image: "app-poetry",
      driver: "asyncpg",
      env: ASYNC_ENV,
    },
    "the system's own Python, as another user": { image: "app-system", driver: "psycopg2" },
    "a read-only file system and a foreign user": {
      options: ["--read-only", "--user", "1234:1234", "--tmpfs", "/tmp"],
    },
    "an address that an entrypoint exports": {
      stated: false,
      command: exporting(site.url()),
    },
  };
  for (const [name, { env, ...app }] of Object.entries(cases)) {
    await t.step(name, async () => {
      await site.reset(THREE, env);
      await site.startApp(app);
      assertDone(await site.run("upgrade", "--yes", "--backup", "none"));
      assert.equal(await site.state(), STATE);
      assertDone(await site.run("downgrade", "base", "--yes", "--backup", "none"));
      assert.equal(await site.state(), ":");
    });
  }
});

Deno.test("oakum upgrade finds a container to run in", async (t) => {
  await using site = await Site.open();

  await t.step("a one-off one, where the app does not run", async () => {
    await site.reset(THREE);
    const app = await site.startApp({ start: false });
    assertDone(await site.run("upgrade", "--yes", "--backup", "none"));
    assert.equal(await site.state(), STATE);
    await site.untilNothingIsLeft(app);
    const left = await output(["docker", "ps", "-aq", "--filter", "label=oakum.kind=app"]);
    assert.equal(left, "");
  });

  await t.step("one of another image, with what the app's entrypoint exported", async () => {
    await site.reset(THREE);
    await site.startApp({ stated: false, command: exporting(site.url({ driver: "psycopg2" })) });
    const { "app-system": other } = await ensureImages(["app-system"]);
    assertDone(await site.run("upgrade", "--yes", "--backup", "none", "--image", other));
    assert.equal(await site.state(), STATE);
  });

  await t.step("one of the image that the app's tag names by now", async () => {
    await site.reset(THREE);
    const images = await ensureImages(["app", "app-system"]);
    const tag = `${site.stack.project}/web:latest`;
    await output(["docker", "tag", images.app, tag]);
    await site.startApp({ driver: "psycopg2" });
    await site.stack.remove("web");
    const mount = ["--volume", `${site.project}:/srv/app`, "--workdir", "/srv/app"];
    const address = ["--env", `DATABASE_URL=${site.url({ driver: "psycopg2" })}`];
    await site.stack.add("web", tag as `${string}:${string}`, { options: [...mount, ...address] });
    try {
      // The one that runs has no psycopg2.
      const now = await site.run("upgrade", "--yes", "--backup", "none");
      assert.equal(now.code, 4, now.said);
      await output(["docker", "tag", images["app-system"], tag]);
      assertDone(await site.run("upgrade", "--yes", "--backup", "none", "--new-image"));
      assert.equal(await site.state(), STATE);
    } finally {
      await site.stack.remove("web");
      await output(["docker", "rmi", tag]);
    }
  });

  await t.step("an app that is paused is not waited for", async () => {
    await site.reset(THREE);
    const app = await site.startApp();
    await output(["docker", "pause", app]);
    const ran = await site.run("upgrade", "--yes", "--backup", "none", "--app", "web");
    assert.equal(ran.code, 4, ran.said);
    assert.match(ran.error?.message ?? "", /is paused/);
  });
});

Deno.test("oakum upgrade is led past a pooler, or refused", async (t) => {
  await using site = await Site.open();
  const pool = ["DB_HOST=db", "DB_USER=postgres", `DB_PASSWORD=${site.password}`]
    .flatMap((pair) => ["--env", pair]);
  await site.stack.add("pooler", "pgbouncer", { options: pool });
  const seen: RevisionFile = {
    id: "aaaa1",
    upgrade: [
      "op.execute(\"create table seen as select inet_client_addr() as client, current_setting('lock_timeout') as timeout\")",
    ],
  };

  await t.step("past it, where its address is in a variable", async () => {
    await site.reset([seen]);
    const app = await site.startApp({ host: "pooler:6432" });
    assertDone(await site.run("upgrade", "--yes", "--backup", "none"));
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    const address = await output(["docker", "inspect", "-f", format, app]);
    assert.equal(
      await site.ask("select host(client) || ' ' || timeout from seen"),
      `${address} 3s`,
    );
  });

  await t.step("refused, where oakum cannot lead it elsewhere", async () => {
    const fixed = `os.environ['DATABASE_URL'] = ${
      JSON.stringify(site.url({ host: "pooler:6432" }))
    }`;
    await site.reset([seen], { top: [fixed] });
    await site.startApp({ host: "pooler:6432" });
    const ran = await site.run("upgrade", "--yes", "--backup", "none");
    assert.deepEqual([ran.code, ran.error?.code], [4, "pooled"], ran.said);
    assert.match(ran.error?.message ?? "", /reaches "shop" through a pooler, at pooler:6432/);
    assert.equal(await site.state(), ":");
  });
});
