import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { OakumError } from "../../src/core/errors.ts";
import { asLost } from "../../src/core/lost.ts";
import { newRunId } from "../../src/core/run.ts";
import { runCommand } from "../../src/docker/run.ts";
import { dumpDatabase } from "../../src/postgres/dump.ts";
import { writeCertificate } from "../../src/postgres/sandbox_tls.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";
import { logIn, type OpenServer } from "../../src/targets/server.ts";
import { type OwnServer, ownServer } from "./fixtures.ts";
import { eventually } from "./polling.ts";

const SOCKETS = "/var/run/postgresql";
const DATA = "/var/lib/postgresql/data";
const limit = () => AbortSignal.timeout(120_000);

// One server for all: each test gives it other rules.
let own: OwnServer;

Deno.test.beforeAll(async () => {
  own = await ownServer("postgres17");
  const { engine, name } = own;
  await writeCertificate({ engine, id: name }, { folder: DATA, user: "postgres" }, limit());
  await psql("alter system set ssl = on");
  await psql("create table public.numbers as select generate_series(1, 100000) as n");
});

Deno.test.afterAll(async () => {
  await own[Symbol.asyncDispose]();
});

const psql = (statement: string) =>
  output(["docker", "exec", own.name, "psql", "-XqU", "postgres", "-c", statement]);

/** Gives the server these rules. */
async function rules(...lines: string[]): Promise<void> {
  const { engine, name } = own;
  const cmd = ["sh", "-c", `cat > ${DATA}/pg_hba.conf`];
  const input = lines.map((line) => `${line}\n`).join("");
  await runCommand({ engine, id: name, user: "postgres" }, { cmd, input });
  const loaded = async () => (await run(["docker", "logs", name])).stderr.split("SIGHUP").length;
  const before = await loaded();
  await output(["docker", "kill", "--signal", "HUP", name]);
  await eventually(async () => assert.ok(await loaded() > before));
}

function enter(): Promise<OpenServer> {
  const { engine, access: { container, port, credentials } } = own;
  return logIn({ engine, runId: newRunId(), signal: limit() }, {
    container,
    listening: { port, socketFolder: undefined, alsoSocket: SOCKETS, from: "the test" },
    credentials: [credentials],
    databases: ["postgres"],
  });
}

/** The same, once the server goes by its new rules. */
async function entered(): Promise<OpenServer> {
  let opened: OpenServer | undefined;
  await eventually(async () => void (opened = await enter()));
  return opened!;
}

Deno.test("a server that takes nothing but TLS is worked with by TLS", async (t) => {
  await rules(
    "local all all reject",
    "hostnossl all all all reject",
    "hostssl all all all scram-sha-256",
  );
  const opened = await entered();
  await using session = opened.session;
  assert.deepEqual([session.server.tls, session.toolsMayFork], [true, true]);
  const sql = session.sql("postgres");

  await t.step("queries and their answers, however long, go through", async () => {
    const [row] = await sql<{ ssl: boolean; long: string }[]>`
      select ssl, repeat('x', 3000000) || ${"y".repeat(1_000_000)} as long
      from pg_stat_ssl where pid = pg_backend_pid()`;
    assert.deepEqual([row?.ssl, row?.long.length], [true, 4_000_000]);
  });

  await t.step("PostgreSQL's tools get in, too", async () => {
    await using snapshot = await Snapshot.take(sql);
    const what = {
      database: "postgres",
      snapshot,
      format: { format: "plain", compression: "none" },
    };
    let bytes = 0;
    const sink = (data: Uint8Array) => Promise.resolve(void (bytes += data.length));
    await dumpDatabase(session, what as never, sink, () => {}, limit());
    assert.ok(bytes > 500_000);
  });

  await t.step("a connection that the server ends is told to whoever waits", async () => {
    const held = await sql.reserve();
    const [row] = await held<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const asked = held`select pg_sleep(600)`.then(() => "answered", (reason: unknown) => reason);
    await eventually(async () => {
      const [sleeps] = await sql`select from pg_stat_activity
        where pid = ${row!.pid} and wait_event = 'PgSleep'`;
      assert.ok(sleeps);
    });
    await sql`select pg_terminate_backend(${row!.pid})`;
    assert.ok(asLost(await asked) instanceof OakumError);
    await assert.rejects(held`rollback`.then(() => {}));
    held.release();
  });
});

Deno.test("a server that takes nothing but its socket is worked with by that", async () => {
  await rules("local all all trust", "host all all all reject");
  const opened = await entered();
  await using session = opened.session;
  assert.deepEqual([session.server.socketFolder, session.server.tls], [SOCKETS, undefined]);
  const [row] = await session.sql("postgres")`select count(*)::int as n from public.numbers`;
  assert.equal(row?.["n"], 100_000);
});

Deno.test("a server that rejects every way is quoted, and the line that helps is named", async () => {
  const reject = ["local all all reject", "host all all all reject"];
  await rules(...reject);
  const error: unknown = await enter().then(() => "let in", (thrown) => thrown);
  assert.ok(error instanceof OakumError);
  assert.equal(error.code, "login-refused");
  assert.match(error.message, /It says: pg_hba\.conf rejects connection for host "127\.0\.0\.1"/);
  const [, line] =
    /: (host all all 127\.0\.0\.1\/32 scram-sha-256); then: docker/.exec(error.hint ?? "") ?? [];
  assert.doesNotMatch(error.hint ?? "", /password that was changed/);
  await rules(line!, ...reject);
  const { session } = await entered();
  await session[Symbol.asyncDispose]();
  assert.deepEqual([session.server.socketFolder, session.server.tls], [undefined, undefined]);
});
