import assert from "node:assert/strict";
import { ensureImages } from "../../docker/images.ts";
import type { RevisionFile } from "./migrate/project.ts";
import { appService, dbService, PASSWORD, type Service, Stage, TWO } from "./rehearse/stage.ts";

/** The usual revision, with more to do. */
function doing(...upgrade: string[]): RevisionFile[] {
  return [TWO[0]!, { ...TWO[1]!, upgrade: [...TWO[1]!.upgrade!, ...upgrade] }];
}

async function passes(stage: Stage, ...args: string[]) {
  const { revisions, trials } = await stage.rehearses(0, ...args);
  assert.deepEqual(revisions.map(({ failure }) => failure), [null]);
  return trials[0]?.output.trim();
}

const urlAt = (rest: string, user = "postgres") =>
  `postgresql+psycopg://${user}:${PASSWORD}@${rest}`;

/** Prints what statements answer, a line each, through the app's own address. */
const TELL = `import os, sys, psycopg
with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", "")) as connection:
    for statement in sys.argv[1:]:
        print(connection.execute(statement).fetchone()[0])
`;

const tell = (...statements: string[]) =>
  `python tell.py ${statements.map((one) => `"${one}"`).join(" ")}`;

/** What a server may be set to that would hold up, kill or mislead a copy. */
const HOSTILE = [
  ...["synchronous_standby_names=nobody", "synchronous_commit=local", "archive_mode=on"],
  ...["archive_command=false", "shared_preload_libraries=pg_stat_statements"],
  ...["statement_timeout=2s", "idle_in_transaction_session_timeout=2s"],
];

const SETUP = `
  create role owner login password '${PASSWORD}';
  create tablespace fast location '/fast';
  grant create on tablespace fast to owner;
  create extension pg_trgm;
  create extension pg_stat_statements;
  create schema app authorization owner;
  create table app.titles (title text) tablespace fast;
  create index on app.titles using gin (title gin_trgm_ops) tablespace fast;
  insert into app.titles select 'Title ' || n from generate_series(1, 100) n;
  alter table app.titles owner to owner;
  alter table apples owner to owner;
  alter table alembic_version owner to owner;
  alter database shop owner to owner;
  alter database shop set search_path = app, public;
  alter role owner set statement_timeout = '2s';
  alter role owner in database shop set work_mem = '5MB';`;

Deno.test("a server with tablespaces, extensions and hostile settings, and its owner, must do", async () => {
  const revisions = doing(
    'op.execute("select pg_sleep(2.5)")',
    'op.execute("create table berries (id int) tablespace fast")',
  );
  const down = ['op.drop_table("berries")', ...TWO[1]!.downgrade as string[]];
  await using stage = await Stage.open({
    services: {
      db: await dbService({
        command: ["postgres", "-c", "fsync=off", ...HOSTILE.flatMap((one) => ["-c", one])],
        tmpfs: ["/fast:uid=999,gid=999,mode=700"],
      }),
      web: await appService({}, urlAt("db/shop", "owner")),
    },
    revisions: [revisions[0]!, { ...revisions[1]!, downgrade: down }],
    files: { "app/tell.py": TELL },
  });
  for (const statement of SETUP.split(";").filter((one) => one.trim() !== "")) {
    await stage.ask(statement);
  }
  await stage.set({ database: { user: "owner" } });
  const before = await stage.hash();
  const told = await passes(
    stage,
    "--run",
    tell(
      ...["show search_path", "show statement_timeout", "show work_mem", "select current_user"],
      ...["select count(*) from app.titles where title like '%99%'"],
      ...["select count(*) >= 0 from pg_stat_statements", "select to_regclass('app.berries')"],
      ...["show synchronous_standby_names", "show archive_mode"],
    ),
  );
  assert.deepEqual(told?.split("\n"), [
    ...["app, public", "2s", "5MB", "owner", "1", "True", "berries", "", "off"],
  ]);
  assert.equal(await stage.hash(), before);
});

Deno.test("an app that goes through a pooler must do", async () => {
  const { pgbouncer } = await ensureImages(["pgbouncer"]);
  const pooler: Service = {
    image: pgbouncer,
    environment: { DB_HOST: "db", DB_USER: "postgres", DB_PASSWORD: PASSWORD },
  };
  const web = await appService({}, urlAt("pooler:6432/shop"));
  await using stage = await Stage.open({
    services: { db: await dbService(), pooler, web },
    files: { "app/tell.py": TELL },
  });
  assert.equal(await passes(stage, "--run", tell("show port")), "6432");
});

Deno.test("a server that only listens on its socket, with a database named postgres, must do", async () => {
  const url = "postgresql+psycopg://postgres@/postgres?host=/sockets";
  await using stage = await Stage.open({
    services: {
      db: await dbService({
        command: "postgres -c fsync=off -c listen_addresses= -c unix_socket_directories=/sockets",
        environment: { POSTGRES_PASSWORD: PASSWORD, PGHOST: "/sockets" },
        volumes: ["sockets:/sockets"],
        user: "postgres",
      }),
      web: await appService({ volumes: ["./app:/srv/app", "sockets:/sockets"] }, url),
    },
    more: { volumes: { sockets: { driver_opts: TMPFS } } },
    files: { "app/tell.py": TELL },
    database: "postgres",
    socketFolder: "/sockets",
  });
  const told = await passes(
    stage,
    "--run",
    tell("select current_database()", "show data_directory"),
  );
  assert.match(told ?? "", /^postgres\n\/oakum\//);
});

/** Everybody's, as the folder of sockets is. */
const TMPFS = { type: "tmpfs", device: "tmpfs", o: "mode=1777" };

const SNAKEOIL = ["certs/ssl-cert-snakeoil.pem", "private/ssl-cert-snakeoil.key"];

Deno.test("an app that asks for TLS must get it, and one that verifies it must be told", async () => {
  const [cert, key] = SNAKEOIL.map((path) => `/etc/ssl/${path}`);
  const file = async (url: string) => ({
    services: {
      db: await dbService({
        command: `postgres -c fsync=off -c ssl=on -c ssl_cert_file=${cert} -c ssl_key_file=${key}`,
      }),
      web: await appService({}, url),
    },
    files: { "app/tell.py": TELL },
  });
  await using stage = await Stage.open(await file(urlAt("db/shop?sslmode=require")));
  const mine = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
  assert.equal(await passes(stage, "--run", tell(mine)), "True");

  const root = await stage.exec("db", "cat", cert!);
  const verifying = urlAt("db/shop?sslmode=verify-ca&sslrootcert=/srv/app/root.crt");
  const { files, ...more } = await file(verifying);
  await stage.write({ ...more, files: { ...files, "app/root.crt": `${root}\n` } });
  await stage.compose("up", "--detach", "--timeout", "1");
  const { code, message, hint = "" } = await stage.fails();
  assert.equal(code, "copy-not-reached");
  assert.match(message, /certificate verify failed/);
  assert.match(hint, /sslmode=require.*rehearsal\.environment/);
});
