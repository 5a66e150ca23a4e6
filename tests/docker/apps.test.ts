import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { startContainer, until, untilServes } from "./container.ts";

await ensureEngine();

const APPS = {
  "app": { alembic: /^1\.(1[6-9]|[2-9]\d)\./, python: /^\/srv\/venv\/bin\/python$/, uid: 0 },
  "app-system": { alembic: /^1\.13\./, python: /^python3$/, uid: 1000 },
  "app-system-bookworm": { alembic: /^1\.8\.1$/, python: /^python3$/, uid: 0 },
  "app-poetry": { alembic: /^1\./, python: /\/\.cache\/pypoetry\/virtualenvs\//, uid: 1000 },
  "app-uv": { alembic: /^1\./, python: /^\/app\/\.venv\/bin\/python$/, uid: 1000 },
  "app-oldest": { alembic: /^1\.8\.0$/, python: /^\/srv\/venv\/bin\/python$/, uid: 0 },
} as const;

for (const name of Object.keys(APPS) as (keyof typeof APPS)[]) {
  Deno.test(`${name} serves with the interpreter that has Alembic`, async () => {
    const { [name]: image } = await ensureImages([name]);
    const { alembic, python, uid } = APPS[name];
    await using app = await startContainer(image);
    const mainProcess = async () => (await app.exec("cat", "/proc/1/cmdline")).split("\0")[0] ?? "";
    await until(app, async () => python.test(await mainProcess()));
    const version = "import alembic, sqlalchemy; print(alembic.__version__)";
    assert.match(await app.exec(await mainProcess(), "-c", version), alembic);
    assert.equal(await app.exec("id", "-u"), `${uid}`);
    const get = "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/')";
    await until(app, async () => app.succeeds(await mainProcess(), "-c", get));
  });
}

Deno.test("pgbouncer pools a server that wants scram", async () => {
  const { postgres17, pgbouncer } = await ensureImages(["postgres17", "pgbouncer"]);
  const secret = ["--env", "POSTGRES_PASSWORD=p4ss w'\"rd"];
  await using server = await startContainer(postgres17, secret);
  await untilServes(server);
  await using pooler = await startContainer(pgbouncer, [
    ...["--env", `DB_HOST=${await addressOf(server.name)}`, "--env", "DB_USER=postgres"],
    ...["--env", "DB_PASSWORD=p4ss w'\"rd"],
  ]);
  const pooled = [
    "pg_isready",
    "--quiet",
    "--port",
    "6432",
    "--host",
    await addressOf(pooler.name),
  ];
  await until(server, () => server.succeeds(...pooled));
  const through = ["psql", "-X", "-A", "-t", "-U", "postgres", "-h", await addressOf(pooler.name)];
  const ask = ["env", "PGPASSWORD=p4ss w'\"rd", ...through, "-p", "6432", "-c", "SELECT 1 + 1"];
  assert.equal(await server.exec(...ask), "2");
});

function addressOf(name: string): Promise<string> {
  return output(["docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", name]);
}
