import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { runCommand } from "../../src/docker/run.ts";
import {
  ENCODED,
  environment,
  found,
  PASSWORD,
  server,
  shop,
  url,
  withServices,
  withUrl,
} from "./discovery/shop.ts";
import { searcher, TestStack } from "./stack.ts";

Deno.test("an address through a pooler leads to the server, and on past the pooler", async () => {
  await withServices(["web", "pooler"], async () => {
    await shop.add("pooler", "pgbouncer", {
      options: environment({ DB_HOST: "db", DB_USER: "owner", DB_PASSWORD: PASSWORD }),
    });
    const through = url("pooler:6432", "stock");
    await shop.add("web", "app", {
      options: withUrl(through),
    });
    const { app, database } = await found();
    assert.deepEqual([database.service, database.name], ["db", "stock"]);
    assert.equal(app?.pastPooler?.pooler, `${shop.project}-pooler-1`);
    assert.deepEqual(app.pastPooler.endpoint, { host: "db", port: 5432 });
    const past = url("db:5432", "stock");
    assert.deepEqual(app.pastPooler.environment, { DATABASE_URL: past });
    // The app itself gets through by what it is told.
    const dial = "import os, psycopg\n" +
      'print(psycopg.connect(os.environ["U"].replace("+psycopg", "")).info.port)';
    const { engine } = await searcher();
    const cmd = ["python", "-c", dial];
    const answer = await runCommand({ engine, id: app.container.Id }, { cmd, env: { U: past } });
    assert.equal(answer.stdout.trim(), "5432", answer.stderr);
  });
});

Deno.test("localhost in a shared network and a shared socket lead to the server", async () => {
  await withServices(["web"], async () => {
    await shop.add("web", "app", {
      options: withUrl(url("localhost", "stock")),
      networkMode: `container:${server}`,
    });
    const { app, database } = await found();
    assert.deepEqual([app?.service, database.name], ["web", "stock"]);
    assert.match(app?.route?.how ?? "", /localhost/);
  });
  await withServices(["web"], async () => {
    const text = `postgresql+psycopg://owner:${ENCODED}@/stock?host=/sockets`;
    await shop.add("web", "app", {
      options: [...withUrl(text), "--volume", `${shop.folder}/run:/sockets`],
      networkMode: "none",
    });
    const { app, database } = await found();
    assert.deepEqual([app?.service, database.name], ["web", "stock"]);
    assert.equal(app?.route?.how, "the socket in /sockets");
  });
});

Deno.test("a server of another project is found over a shared network and a published port", async () => {
  await using other = await TestStack.create();
  const shared = `${shop.project}_shared`;
  await output(["docker", "network", "create", shared]);
  try {
    const publish = ["--publish", "127.0.0.1:0:5432", "--publish", "0:5432"];
    const store = await other.addServer("store", {
      options: [...publish, "--env", "POSTGRES_PASSWORD=secret", "--env", "POSTGRES_DB=blog"],
    });
    await output(["docker", "network", "connect", "--alias", "blogdb", shared, store]);
    await withServices(["web"], async () => {
      const web = await shop.add("web", "app", {
        options: withUrl("postgresql+psycopg://postgres:secret@blogdb/blog"),
      });
      await output(["docker", "network", "connect", shared, web]);
      const { app, database } = await found();
      assert.deepEqual([app?.service, database.service, database.name], ["web", "store", "blog"]);
      assert.equal(database.project, other.project);
    });
    await withServices(["web"], async () => {
      const ports = (await output(["docker", "port", store, "5432/tcp"])).split("\n");
      const open = ports.find((line) => line.startsWith("0.0.0.0:"))!.split(":").pop();
      await shop.add("web", "app", {
        options: [
          ...withUrl(`postgresql+psycopg://postgres:secret@host.docker.internal:${open}/blog`),
          ...["--add-host", "host.docker.internal:host-gateway"],
        ],
      });
      const { database } = await found();
      assert.deepEqual([database.service, database.name], ["store", "blog"]);
    });
  } finally {
    await other.remove();
    await output(["docker", "network", "rm", shared]);
  }
});
