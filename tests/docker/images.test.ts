import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { output, run } from "../../docker/command.ts";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { type Container, startContainer, until, untilServes } from "./container.ts";

await ensureEngine();

const SERVERS = [
  ...["postgres18", "postgres17", "postgres16", "postgres15"] as const,
  ...["postgres17-alpine", "postgres15-alpine"] as const,
];
const USER = "Auction Owner";
const DATABASE = `Auction's "house"`;
const PASSWORD = "p4ss w'rd";

/** A folder for /docker-entrypoint-initdb.d with every kind of file, and a secret of root's own. */
async function initFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "oakum-test-" });
  const psql = `psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"`;
  await Deno.mkdir(`${path}/d`);
  await Deno.writeTextFile(`${path}/d/1.sql`, "CREATE TABLE plain AS SELECT 1;");
  await Deno.writeFile(`${path}/d/2.sql.gz`, gzipSync("CREATE TABLE gzipped AS SELECT 1;"));
  await Deno.writeTextFile(
    `${path}/d/3.sh`,
    `#!/bin/sh\n${psql} -c "CREATE TABLE run AS SELECT setting FROM pg_settings
       WHERE name = 'listen_addresses'"\n`,
    { mode: 0o755 },
  );
  await Deno.writeTextFile(`${path}/d/4.sh`, `${psql} -c "CREATE TABLE sourced AS SELECT 1"\n`);
  await Deno.writeTextFile(`${path}/password`, `${PASSWORD}\n`, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function sql(server: Container, query: string, ...connection: string[]): Promise<string> {
  const psql = ["psql", "-X", "-A", "-t", "-U", USER, "-d", DATABASE, "-c", query];
  return server.exec(...psql, ...connection);
}

/** Asks from a container beside it, as the app would: over the network, with a password. */
async function sqlFromOutside(server: Container, image: string, password: string) {
  const client = ["docker", "run", "--rm", "--env", `PGPASSWORD=${password}`];
  const address = await output(
    ["docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", server.name],
  );
  const psql = ["psql", "-X", "-A", "-t", "-h", address, "-U", USER, "-d", DATABASE];
  return await run([...client, image, ...psql, "-c", "SELECT 'from outside'"]);
}

for (const name of SERVERS) {
  Deno.test(`${name} keeps the promises of the official postgres image`, async (t) => {
    const { [name]: image } = await ensureImages([name]);
    await using folder = await initFolder();
    await using server = await startContainer(image, [
      ...["--env", `POSTGRES_USER=${USER}`, "--env", `POSTGRES_DB=${DATABASE}`],
      ...["--env", "POSTGRES_PASSWORD_FILE=/run/secrets/password"],
      ...["--env", `POSTGRES_INITDB_ARGS=--data-checksums --text-search-config="simple"`],
      ...["--volume", `${folder.path}/password:/run/secrets/password:ro`],
      ...["--volume", `${folder.path}/d:/docker-entrypoint-initdb.d:ro`],
    ], ["-c", "max_connections=20"]);
    await untilServes(server);

    await t.step("the server is PID 1, runs as postgres and got its arguments", async () => {
      assert.match(
        await server.exec("cat", "/proc/1/cmdline"),
        /^postgres\0-c\0max_connections=20/,
      );
      const id = await server.exec("id", "-u", "postgres");
      assert.match(
        await server.exec("cat", "/proc/1/status"),
        new RegExp(`^Uid:\\s+${id}\\s`, "m"),
      );
      assert.equal(await sql(server, "SHOW max_connections"), "20");
    });

    await t.step("the cluster was made with the arguments for initdb", async () => {
      assert.equal(await sql(server, "SHOW data_checksums"), "on");
      assert.equal(await sql(server, "SHOW default_text_search_config"), "pg_catalog.simple");
    });

    await t.step("local connections are trusted, over the socket and over loopback", async () => {
      assert.equal(await sql(server, "SELECT current_user"), USER);
      assert.equal(await sql(server, "SELECT current_database()", "-h", "127.0.0.1"), DATABASE);
    });

    await t.step("everyone else needs the password of the secret file, by scram", async () => {
      assert.equal((await sqlFromOutside(server, image, PASSWORD)).stdout.trim(), "from outside");
      const refused = await sqlFromOutside(server, image, "wrong");
      assert.match(refused.stderr, /password authentication failed/);
      const rules = "SELECT auth_method FROM pg_hba_file_rules WHERE address = 'all'";
      assert.equal(await sql(server, rules), "scram-sha-256");
    });

    await t.step("every init file ran, before the server had a port", async () => {
      const tables = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables";
      assert.equal(
        await sql(server, `${tables} WHERE schemaname = 'public'`),
        "gzipped plain run sourced",
      );
      assert.equal(await sql(server, "SELECT '<' || setting || '>' FROM run"), "<>");
    });

    await t.step("a restart keeps the cluster and runs no init file again", async () => {
      await output(["docker", "restart", server.name]);
      await untilServes(server);
      assert.equal(await sql(server, "SELECT count(*) FROM plain"), "1");
    });

    await t.step("its settings are those that tools look for", async () => {
      const format = "{{json .Config}}";
      const config = JSON.parse(
        await output(["docker", "image", "inspect", "--format", format, image]),
      );
      const since18 = name === "postgres18";
      const folder = since18 ? "/var/lib/postgresql/18/docker" : "/var/lib/postgresql/data";
      assert.deepEqual(config.Volumes, { [since18 ? "/var/lib/postgresql" : folder]: {} });
      assert.deepEqual(config.ExposedPorts, { "5432/tcp": {} });
      assert.equal(config.StopSignal, "SIGINT");
      assert.deepEqual(config.Cmd, ["postgres"]);
      for (const variable of [`PGDATA=${folder}`, `PG_MAJOR=${name.slice(8, 10)}`]) {
        assert.ok(config.Env.includes(variable), `${variable} in ${config.Env}`);
      }
    });
  });
}

Deno.test("a server without a password is refused, and with trust it is not", async (t) => {
  const { postgres17: image } = await ensureImages(["postgres17"]);
  await t.step("no password", async () => {
    const { code, stderr } = await run(["docker", "run", "--rm", image]);
    assert.equal(code, 1);
    assert.match(stderr, /set POSTGRES_PASSWORD/);
  });
  await t.step("a password and a password file", async () => {
    const both = ["--env", "POSTGRES_PASSWORD=a", "--env", "POSTGRES_PASSWORD_FILE=/b"];
    const { code, stderr } = await run(["docker", "run", "--rm", ...both, image]);
    assert.equal(code, 1);
    assert.match(stderr, /both set/);
  });
  await t.step("trust", async () => {
    const trust = ["--env", "POSTGRES_HOST_AUTH_METHOD=trust"];
    await using server = await startContainer(image, trust);
    await untilServes(server);
  });
});

Deno.test("a server told to listen nowhere has its socket only", async () => {
  const { postgres17: image } = await ensureImages(["postgres17"]);
  const password = ["--env", "POSTGRES_PASSWORD=secret"];
  await using server = await startContainer(image, password, ["-c", "listen_addresses="]);
  // The server that makes the cluster listens nowhere either: wait for the one that is PID 1.
  await until(server, async () => (await server.exec("cat", "/proc/1/comm")) === "postgres");
  await until(server, () => server.succeeds("pg_isready", "--quiet"));
  assert.equal(await server.succeeds("pg_isready", "--quiet", "--host", "127.0.0.1"), false);
});
