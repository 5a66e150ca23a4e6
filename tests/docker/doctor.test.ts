import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { checkBackupFolder, checkBackups } from "../../src/operations/doctor/backups.ts";
import { assertGolden } from "../cli/golden.ts";
import { lockFolder } from "../../src/backups/lock.ts";
import { prepareFolder } from "../../src/backups/folder.ts";
import { rfc3339, systemClock } from "../../src/core/time.ts";
import { store } from "../unit/backups/support.ts";
import { diagnose } from "./doctor/diagnosis.ts";
import { psql, TestStack } from "./stack.ts";
import { BRANCHES, MERGED, writeProject } from "./verbs/project.ts";

// One stack that every test makes worse, or better, than the one before left it.
let shop: TestStack;
let db: string;
let web: string;
let tag: `${string}:${string}`;

const SECRETS = /s3cret/;
const url = (rest: string, user = "keeper", password = "the-s3cret") =>
  `postgresql+psycopg://${user}:${password}@${rest}`;
const withUrl = (value: string) => ["--env", `DATABASE_URL=${value}`];
const inShop = (statements: string) => psql(db, "shop", statements, ["-d", "shop"]);

Deno.test.beforeAll(async () => {
  shop = await TestStack.create();
  tag = `${shop.project}-web:latest`;
  const { app } = await ensureImages(["app"]);
  await output(["docker", "tag", app, tag]);
  await writeProject(`${shop.folder}/src`, MERGED);
  db = await shop.addServer("db", {
    options: [
      ...["--env", "POSTGRES_USER=shop", "--env", "POSTGRES_PASSWORD=the-s3cret"],
      ...["--env", "POSTGRES_DB=shop", "--volume", `${shop.folder}/run:/var/run/postgresql`],
      ...["--volume", `${shop.project}-data:/var/lib/postgresql/data`],
    ],
    command: ["-c", "wal_level=logical", "-c", "max_prepared_transactions=2"],
  });
  web = await shop.add("web", tag, {
    options: [...withUrl(url("db/shop")), "--volume", `${shop.folder}/src:/srv/app:ro`],
  });
  for (const role of ["keeper login", "clerk nologin", "guest login valid until '2001-01-01'"]) {
    await inShop(`create role ${role} password 'the-s3cret'`);
  }
  await inShop("grant all on schema public to keeper");
  await inShop("create database closed");
  await inShop("revoke connect on database closed from public");
});

Deno.test.afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await run(["docker", "volume", "rm", `${shop.project}-data`]);
  await run(["docker", "rmi", tag]);
});

/** Services that do not run are examined by what they would be started with. */
const ADDRESSES: Readonly<Record<string, string>> = {
  "closed": url("db/closed"),
  "expired": url("db/shop", "guest"),
  "localhost": url("localhost/shop"),
  "missing": url("db/shopp"),
  "no-login": url("db/shop", "clerk"),
  "no-password": "postgresql+psycopg://keeper@db/shop",
  "not-a-database": url("web/shop"),
  "password": url("db/shop", "shop", "other-s3cret"),
  "password-of-another": url("db/shop", "keeper", "other-s3cret"),
  "pooled": url("pool:6432/shop"),
  "port": url("db:15432/shop"),
  "user": url("db/shop", "kepper"),
};

const OTHERS = ["apart", "host", "outside", "parts", "pgpassword", "pool", "socket"];

Deno.test("doctor finds each kind of wrong address, and what mends it", async () => {
  for (const [service, value] of Object.entries(ADDRESSES)) {
    await shop.add(service, "app", { options: withUrl(value), start: false });
  }
  await shop.add("parts", "app", {
    options: ["--env", "DB_HOST=db", "--env", "DB_NAME=shop", "--env", "DB_USER=keeper"],
    start: false,
  });
  await shop.add("pgpassword", "app", {
    options: [...withUrl("postgresql://keeper@db/shop"), "--env", "PGPASSWORD=the-s3cret"],
    start: false,
  });
  await shop.add("pool", "pgbouncer", { options: ["--env", "DB_HOST=db"], start: false });
  await shop.add("apart", "app", {
    options: withUrl(url("db/shop")),
    networkMode: "bridge",
    start: false,
  });
  await shop.add("socket", "app", {
    options: [
      ...withUrl("postgresql+psycopg://keeper@/shop?host=/sockets"),
      ...["--volume", `${shop.folder}/run:/sockets`, "--user", "4711:4711"],
    ],
  });
  await Deno.chmod(`${shop.folder}/run`, 0o750);
  const named = ["--add-host", "db.example.com:192.0.2.7"];
  await shop.add("host", "app", { options: withUrl(url("dbb/shop")) });
  await shop.add("outside", "app", { options: [...withUrl(url("db.example.com/shop")), ...named] });
  await Deno.writeTextFile(`${shop.folder}/.env`, "PASSWORD=new-s3cret\n");
  await Deno.writeTextFile(
    `${shop.folder}/compose.yaml`,
    "services: { db: { environment: { POSTGRES_DB: shop, POSTGRES_PASSWORD: $PASSWORD } } }\n",
  );
  const { code, masked } = await diagnose(shop);
  assert.equal(code, 9);
  assert.doesNotMatch(masked, SECRETS);
  await assertGolden("doctor-addresses", masked);
});

const target = () => ({ project: shop.project, service: "db", database: "shop" });

/** A backup's files; taking a real one would prove nothing more of the doctor. */
async function storeBackup(): Promise<void> {
  const path = await prepareFolder(`${shop.folder}/backups`, target());
  const run = { run: "r1", command: "backup", pid: Deno.pid, clock: systemClock };
  await using folder = await lockFolder(path, run);
  await store(folder, { takenAt: rfc3339(new Date()), facts: { target: target() } });
}

Deno.test("doctor ends with 0 where everything is well", async () => {
  await shop.remove(...Object.keys(ADDRESSES), ...OTHERS);
  await Deno.chmod(`${shop.folder}/run`, 0o777);
  await Deno.writeTextFile(`${shop.folder}/.env`, "PASSWORD=the-s3cret\n");
  await output(["docker", "exec", web, "alembic", "upgrade", "head"]);
  await storeBackup();
  const { code, masked } = await diagnose(shop);
  await assertGolden("doctor-well", masked);
  assert.equal(code, 0);
});

Deno.test("doctor finds what is wrong with a database, its revisions and its backups", async () => {
  const dir = `${shop.folder}/backups`;
  const later = new Date(Date.now() + 8 * 24 * 3600 * 1000);
  const names = async () => (await checkBackups(dir, target(), later)).map(({ name }) => name);
  assert.deepEqual(await names(), ["old-backup"]);
  const [dump] = await Array.fromAsync(Deno.readDir(`${dir}/${shop.project}/db.shop`))
    .then((all) => all.filter(({ name }) => name.endsWith(".dump")));
  await Deno.truncate(`${dir}/${shop.project}/db.shop/${dump?.name}`, 10);
  await Deno.writeTextFile(`${shop.folder}/Dockerfile`, "FROM scratch\n");

  await writeProject(`${shop.folder}/src`, BRANCHES);
  await Deno.remove(`${shop.folder}/src/migrations/versions/dddd4444.py`);
  await inShop("update pg_database set datcollversion = '1.0' where datname = 'shop'");
  await inShop("create index sold on paintings (title)");
  await inShop("update pg_index set indisvalid = false where indexrelid = 'sold'::regclass");
  await inShop("select pg_create_logical_replication_slot('feed', 'pgoutput')");
  await inShop("begin; select 1; prepare transaction 'half'");
  await inShop("create database dead");
  for (const [key, value] of [["run", "0123456789"], ["purpose", "verify"], ["of", "shop"]]) {
    await inShop(`alter database dead set oakum.${key} = '${value}'`);
  }
  await inShop("alter database dead set oakum.at = '2026-01-02T03:04:05Z'");
  await inShop("alter role shop password 'new-s3cret'");
  const { "app-system": other } = await ensureImages(["app-system"]);
  await output(["docker", "tag", other, tag]);
  await shop.add("jobs", "app", {
    command: ["sh", "-c", "alembic upgrade head && serve"],
    start: false,
  });
  const { code, masked } = await diagnose(shop);
  assert.equal(code, 9);
  assert.doesNotMatch(masked, SECRETS);
  await assertGolden("doctor-database", masked);
});

Deno.test("doctor ends what a dead run left behind where it is told to", async () => {
  const { report } = await diagnose(shop, "--end-leftovers", "--yes");
  assert.deepEqual(report.ended, ["dead"]);
  assert.equal(await inShop("select count(*) from pg_database where datname = 'dead'"), "0");
  const left = report.checks.filter(({ name }) => name === "leftovers");
  assert.deepEqual(left.map(({ level }) => level), ["ok"]);
});

Deno.test("doctor looks at the server where the only app names no database of it", async () => {
  await shop.remove("web", "jobs");
  await shop.add("web", "app", {
    options: [...withUrl(url("db/shopp")), "--volume", `${shop.folder}/src:/srv/app:ro`],
  });
  const { code, report, named } = await diagnose(shop);
  assert.equal(code, 9);
  assert.equal(named("missing-database").length, 1);
  assert.deepEqual(named("pg-dump").map(({ level }) => level), ["ok"]);
  assert.deepEqual(named("several-heads").map(({ level }) => level), ["trouble"]);
  assert.deepEqual(report.checks.filter(({ name }) => name === "target"), []);
  const wrong = await diagnose(shop, "--database", "db/nope");
  assert.equal(wrong.code, 10);
  assert.match(wrong.named("target")[0]?.mend ?? "", /--database db\/\w+/);
});

Deno.test("doctor says what it can while the server is stopped", async () => {
  await output(["docker", "stop", "--time", "0", db]);
  const { code, named } = await diagnose(shop);
  assert.equal(code, 9);
  const [stopped] = named("database-stopped");
  assert.deepEqual([stopped?.level, stopped?.mend], ["trouble", `docker start ${db}`]);
  assert.equal(named("several-heads")[0]?.level, "trouble");
});

Deno.test("a folder that takes no backup is found", async () => {
  const found = await checkBackupFolder("/proc/oakum/backups", target(), 1, new Date());
  assert.deepEqual(found.map(({ name, level }) => [name, level]), [["backup-folder", "trouble"]]);
});
