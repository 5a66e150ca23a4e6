/**
 * PostgreSQL servers for tests. `server()` hands out one that all tests of a checkout share and that
 * stays up between test files (`tests/teardown.ts` removes it): make a database of your own in it.
 * `ownServer()` starts one for a single test: for what stops, floods or configures a server.
 */
import { createHash, randomBytes } from "node:crypto";
import postgres from "postgres";
import type { ImageName } from "../../docker/catalogue.ts";
import { CommandFailed, output, run } from "../../docker/command.ts";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { Engine } from "../../src/docker/engine.ts";
import type { ServerAccess } from "../../src/postgres/access.ts";
import { untilReady, untilReadyOn } from "./ready.ts";

/** The label of every server of the tests; its value is the checkout's own. */
export const SERVER_LABEL = "oakum-test.server";

/** Two checkouts on one machine must not share servers: one may end while the other still tests. */
export const CHECKOUT = createHash("sha256").update(import.meta.url).digest("hex").slice(0, 8);

/** Odd on purpose: every part of an address would have to escape it. */
const PASSWORD = `p@ss:w/rd %41'"#`;

const READY_LIMIT_MS = 120_000;
const SETTINGS = {
  fsync: "off",
  max_connections: "200",
  max_prepared_transactions: "10",
  wal_level: "logical",
};

/** A database of one test; dropped, sessions or not, when it is disposed. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** Superuser sessions that do not go through oakum's own code. */
  readonly sql: postgres.Sql;
}

/** A real PostgreSQL server in a container. */
export interface TestServer {
  readonly engine: Engine;
  /** As oakum's discovery would describe it. */
  readonly access: ServerAccess;
  /** The container's name. */
  readonly name: string;
  /** A pool to one database, straight over a port on loopback; the caller ends it. */
  sql(database: string, options?: { user?: string; password?: string; max?: number }): postgres.Sql;
  createDatabase(name?: string): Promise<TestDatabase>;
}

/** How a test's own server differs from an ordinary one. */
export interface OwnServerOptions {
  /** Options of `docker run`. */
  readonly options?: readonly string[];
  /** Arguments of `postgres`. */
  readonly args?: readonly string[];
  readonly password?: string;
  /** Where its socket is, for a server that listens on nothing else. */
  readonly socketFolder?: string;
}

/** A test's own server; its container and anonymous volumes go when it is disposed. */
export type OwnServer = TestServer & AsyncDisposable;

const shared = new Map<ImageName, Promise<TestServer>>();

/** The shared server of an image: the running one, or started now. */
export function server(image: ImageName): Promise<TestServer> {
  const found = shared.get(image) ?? findOrStart(image);
  shared.set(image, found);
  return found;
}

async function findOrStart(image: ImageName): Promise<TestServer> {
  await ensureEngine();
  const { [image]: tag } = await ensureImages([image]);
  const args = Object.entries(SETTINGS).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const command = [
    ...["--label", `${SERVER_LABEL}=${CHECKOUT}`, "--env", `POSTGRES_PASSWORD=${PASSWORD}`],
    ...["--publish", "127.0.0.1::5432", "--shm-size", "256m", tag, "postgres", ...args],
  ];
  const recipe = createHash("sha256").update(JSON.stringify(command)).digest("hex").slice(0, 8);
  const name = `oakum-test-${image}-${recipe}`;
  await startNamed(name, command);
  await untilServes(name);
  return await describe(name, { password: PASSWORD });
}

/** Of several processes that want the same name one starts it; the others find it there. */
async function startNamed(name: string, command: readonly string[]): Promise<void> {
  const argv = ["docker", "run", "--detach", "--name", name, ...command];
  const outcome = await run(argv);
  if (outcome.code === 0) return;
  if (!outcome.stderr.includes("is already in use")) throw new CommandFailed(argv, outcome);
  // Stopped, where the engine was restarted; otherwise this does nothing.
  await run(["docker", "start", name]);
}

/** A server for one test, with a published port unless it listens on its socket only. */
export async function ownServer(
  image: ImageName,
  { options = [], args = [], password = PASSWORD, socketFolder }: OwnServerOptions = {},
): Promise<OwnServer> {
  await ensureEngine();
  const { [image]: tag } = await ensureImages([image]);
  const name = `oakum-test-own-${randomBytes(5).toString("hex")}`;
  const remove = async () => void await run(["docker", "rm", "--force", "--volumes", name]);
  const publish = socketFolder === undefined ? ["--publish", "127.0.0.1::5432"] : [];
  const label = ["--label", `${SERVER_LABEL}=${CHECKOUT}`];
  const env = [`POSTGRES_PASSWORD=${password}`, "POSTGRES_INITDB_ARGS=--no-sync"];
  const given = [...env.flatMap((each) => ["--env", each]), ...publish, ...options];
  const command = [...label, ...given, tag];
  try {
    await output(["docker", "run", "--detach", "--name", name, ...command, "postgres", ...args]);
    await untilServes(name, socketFolder);
    const details = { password, ...(socketFolder === undefined ? {} : { socketFolder }) };
    return { ...await describe(name, details), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Waits for the server that stays, not for the one that runs while the cluster is made. */
async function untilServes(name: string, socketFolder?: string): Promise<void> {
  const ask = socketFolder === undefined ? untilReady() : untilReadyOn(socketFolder);
  const deadline = performance.now() + READY_LIMIT_MS;
  while ((await run(["docker", "exec", name, ...ask])).code !== 0) {
    const { stdout } = await run(["docker", "inspect", "--format", "{{.State.Status}}", name]);
    const hopeful = ["created", "running"].includes(stdout.trim());
    if (!hopeful || performance.now() > deadline) {
      const log = await run(["docker", "logs", "--tail", "20", name]);
      throw new Error(`${name} (${stdout.trim()}) does not serve: ${log.stdout}${log.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function describe(
  name: string,
  { password, socketFolder }: { password: string; socketFolder?: string },
): Promise<TestServer> {
  const engine = await Engine.connect(Deno.env.toObject());
  const container = await engine.container(name);
  if (!container) throw new Error(`${name} is gone`);
  const credentials = { user: "postgres", password, from: "the test" };
  const access = { container, port: 5432, socketFolder, credentials };
  const port = socketFolder === undefined ? await publishedPort(name) : undefined;
  const sql: TestServer["sql"] = (database, options = {}) => {
    if (port === undefined) throw new Error(`${name} listens on its socket only`);
    return postgres({
      ...{ host: "127.0.0.1", port, user: "postgres", password, database, max: 4, ...options },
      onnotice: () => {},
      connection: { application_name: "oakum-test" },
    });
  };
  return { engine, access, name, sql, createDatabase: (wanted) => createDatabase(sql, wanted) };
}

async function publishedPort(name: string): Promise<number> {
  const lines = (await output(["docker", "port", name, "5432/tcp"])).split("\n");
  return Number(lines[0]?.split(":").pop());
}

async function createDatabase(connect: TestServer["sql"], wanted?: string): Promise<TestDatabase> {
  const name = wanted ?? `t_${randomBytes(6).toString("hex")}`;
  const administer = async (statement: (sql: postgres.Sql) => Promise<unknown>) => {
    const sql = connect("postgres", { max: 1 });
    await statement(sql).finally(() => sql.end());
  };
  // postgres.js would take a dot in a name for one between two.
  const quoted = `"${name.replaceAll('"', '""')}"`;
  await administer((sql) => sql.unsafe(`create database ${quoted} template template0`));
  const sql = connect(name);
  return {
    name,
    sql,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      // A server that a test has stopped takes its databases with it.
      await administer((sql) => sql.unsafe(`drop database if exists ${quoted} with (force)`))
        .catch((error) => error.code === "ECONNREFUSED" || Promise.reject(error));
    },
  };
}
