import assert from "node:assert/strict";
import { join } from "node:path";
import { findBackup } from "../../src/backups/find.ts";
import { type Backup, listTarget } from "../../src/backups/list.ts";
import { OakumError } from "../../src/core/errors.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import { runCommand } from "../../src/docker/run.ts";
import { adopt } from "../../src/operations/adopt.ts";
import { parseGlobals } from "../../src/postgres/globals.ts";
import type { Adopted } from "../../src/reports/adopt.ts";
import { BackupFolder, contextOf } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
let folder: BackupFolder;
Deno.test.beforeAll(async () => {
  server = await startServer();
  folder = await BackupFolder.make(server);
  await server.psql("postgres", "create database shop template template0 encoding 'UTF8'");
});
Deno.test.afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

interface Outcome {
  readonly report: Adopted;
  readonly backup: Backup;
  readonly warnings: readonly string[];
}

/** Adopts a file as the command does. */
async function adoptFile(path: string, where = { server, folder }): Promise<Outcome> {
  const events: OakumEvent[] = [];
  const context = contextOf(where.server, { onEvent: (event) => events.push(event) });
  await using live = await where.server.session(context.runId);
  const target = where.folder.target("shop");
  const database = { server: where.server.access, name: "shop" };
  const request = { path, dir: where.folder.dir, target, database, live, otherName: true };
  const report = await adopt(context, request);
  const { backup } = findBackup(
    await listTarget(where.folder.dir, target),
    report.backup.manifest.id,
  );
  const warnings = events.flatMap((event) => event.type === "warning" ? event.code : []);
  return { report, backup: backup as Backup, warnings };
}

async function written(
  name: string,
  content: string | Uint8Array,
  where = folder,
): Promise<string> {
  const path = join(where.dir, name);
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
  return path;
}

async function refusal(path: string, where = { server, folder }): Promise<OakumError> {
  const list = () => listTarget(where.folder.dir, where.folder.target("shop"));
  const before = (await list()).backups.map(({ id }) => id);
  const error = await adoptFile(path, where).then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it was not refused"}`);
  assert.equal(error.outcome, "refused");
  assert.deepEqual((await list()).backups.map(({ id }) => id), before);
  return error;
}

const rowsOf = ({ backup }: Outcome) =>
  Object.fromEntries(backup.manifest.tables.map(({ name, rows }) => [name, rows]));

async function rolesOf({ backup }: Outcome) {
  const path = join(backup.folder, backup.manifest.globals!.file);
  return parseGlobals(await Deno.readTextFile(path));
}

/** What dumps of other hands and servers hold, in one file. */
const FIELD = `\\set ON_ERROR_STOP on
\\connect "shop";
\\timing off
SET client_min_messages = warning;
DROP TABLE IF EXISTS t;
DROP TABLE missing;
CREATE SCHEMA public;
SET transaction_timeout_of_a_newer_server = 0;
CREATE TABLE public.t (id int PRIMARY KEY, body text);
COPY public.t (id, body) FROM stdin;
1\tDROP TABLE t;
2\t\\\\connect postgres
\\.
INSERT INTO public.t VALUES (3, 'first
ALTER TABLE public.t OWNER TO ghost;
COPY x FROM stdin;
last');
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$select '
COPY x FROM stdin;
'::text$$;
CREATE FUNCTION public.g() RETURNS int LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN true THEN 1 END;
END;
ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.t TO anon, app USING (true);
ALTER DEFAULT PRIVILEGES FOR ROLE definer IN SCHEMA public GRANT SELECT ON TABLES TO reader;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR mapped SERVER s OPTIONS (user 'x');
SET SESSION AUTHORIZATION 'app7';
CREATE TABLE public.of_app7 (id int);
RESET SESSION AUTHORIZATION;
CREATE ROLE postgres;
ALTER ROLE postgres WITH NOSUPERUSER LOGIN;
CREATE ROLE metrics;
GRANT pg_monitor TO metrics WITH INHERIT TRUE GRANTED BY postgres;
GRANT pg_of_a_newer_server TO metrics;
GRANT metrics TO member GRANTED BY somebody;
CREATE TABLESPACE fast LOCATION '/mnt/fast';
SET default_tablespace = fast;
COMMENT ON DATABASE shop IS 'of the field';
ALTER DATABASE shop SET lc_messages TO 'xx_XX.utf8';
ALTER TABLE public.t OWNER TO later_role;
\\q
`;

Deno.test("adopt takes what psql takes, makes the roles that are named, and no others", async () => {
  const outcome = await adoptFile(await written("field.sql", FIELD));
  assert.deepEqual(rowsOf(outcome), { of_app7: 0, t: 3 });
  assert.deepEqual(outcome.warnings, ["setting-left-out"]);
  const roles = await rolesOf(outcome);
  const made = ["anon", "app", "app7", "definer", "later_role", "mapped", "member", "metrics"];
  for (const name of [...made, "reader"]) assert.deepEqual(roles.get(name)?.powers, [], name);
  assert.equal(roles.has("ghost"), false);
  assert.deepEqual(roles.get("metrics")?.memberOf, ["pg_monitor"]);
  assert.deepEqual(roles.get("postgres")?.powers.includes("SUPERUSER"), true);
  const { manifest } = outcome.backup;
  assert.deepEqual(manifest.verified.level, "restore");
  assert.deepEqual([outcome.report.whole, outcome.report.left], [null, []]);
  assert.match(outcome.report.doubt, /nothing marks its end/);
  const owners = manifest.fingerprint.rows.filter(([kind]) => kind === "~owner");
  assert.deepEqual(owners.find(([, name]) => name === "public.of_app7")?.[2], "app7");
});

/** A database as pg_dumpall writes it. */
const ofCluster = (name: string, inside: string, locale = "xx_XX.utf8") =>
  `CREATE DATABASE ${name} WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc ` +
  `LOCALE = '${locale}';\nALTER DATABASE ${name} OWNER TO ${name}_owner;\n\\connect ${name}\n${inside}`;
const TABLE = "CREATE TABLE w (i int);\nCOPY w (i) FROM stdin;\n1\n2\n\\.\n";

Deno.test("adopt says which database of a server's dump it took, and which it left", async () => {
  const script = ofCluster("shop", TABLE) + ofCluster("wiki", TABLE);
  const outcome = await adoptFile(await written("cluster.sql", script));
  assert.equal(outcome.report.built, "shop");
  assert.deepEqual(outcome.report.left, [{ name: "wiki", tables: 1, rows: 2 }]);
  assert.deepEqual(outcome.warnings, ["dump-locale", "dump-locale"]);
  const empty = await refusal(
    await written("empty.sql", ofCluster("shop", "") + ofCluster("wiki", TABLE)),
  );
  assert.match(empty.message, /is of a database "wiki", and has no table for "shop"/);
  assert.match(empty.hint!, /--from-database wiki/);
});

Deno.test("adopt says that a file is of a database with another name and encoding", async () => {
  const script = "CREATE DATABASE old TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';\n" +
    "\\connect old\nSET client_encoding = 'SQL_ASCII';\nCREATE TABLE t (a text);\n" +
    "COPY t (a) FROM stdin;\ncaf\xe9\n\\.\n";
  const latin1 = Uint8Array.from(script, (letter) => letter.charCodeAt(0));
  const outcome = await adoptFile(await written("ascii.sql", latin1));
  assert.equal(outcome.backup.manifest.database.encoding, "SQL_ASCII");
  assert.deepEqual(outcome.warnings, ["dump-other-database", "dump-encoding"]);
});

Deno.test("adopt refuses what was not carried out, with the line of the file", async () => {
  const create = "\\restrict abc\nCREATE TABLE t (\n  a int\n);\n\\unrestrict abc\n";
  const cases: [name: string, script: string | Uint8Array, says: RegExp, hint?: RegExp][] = [
    [
      "check.sql",
      `${create}ALTER TABLE t\n  ADD CHECK (missing_fn(a) <> 'a DROP b');\n`,
      /line 6: function missing_fn\(integer\) does not exist/,
    ],
    [
      "bytes.sql",
      Uint8Array.from(
        `${create}SET client_encoding = 'SQL_ASCII';\nCREATE TABLE u (a text);\nCOPY u FROM stdin;\nok\ncaf\xe9\n\\.\n`,
        (letter) => letter.charCodeAt(0),
      ),
      /line 10: invalid byte sequence for encoding "UTF8": 0xe9/,
      /iconv -f LATIN1/,
    ],
    [
      "swallows.sql",
      `${create}CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING;\n` +
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$begin return null; end$$;\n" +
      "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n" +
      "COPY t (a) FROM stdin;\n1\n2\n\\.\n",
      /"t" has 0 of 2 rows/,
    ],
    [
      "extension.sql",
      `${create}CREATE EXTENSION vector_x;\n`,
      /line 6: .*extension "vector_x"/,
      /lacks the extension "vector_x"/,
    ],
    [
      "verbosity.sql",
      `${create}\\set VERBOSITY terse\n\\set ECHO none\nINSERT INTO t VALUES (1); DROP TABLE x; INSERT INTO y VALUES (1);\n`,
      /line 8: relation "y" does not exist/,
    ],
  ];
  for (const [name, script, says, hint = /sandbox only/] of cases) {
    const error = await refusal(await written(name, script));
    assert.match(error.message, says, name);
    assert.match(error.hint!, hint, name);
  }
});

Deno.test("adopt keeps no backup of what loads and does not restore", async () => {
  const script = `CREATE FUNCTION lucky(int) RETURNS boolean LANGUAGE sql IMMUTABLE
  AS $$select coalesce(current_setting('my.load', true), 'no') = 'yes'$$;
SET my.load = 'yes';
CREATE TABLE c (id int CHECK (lucky(id)));
INSERT INTO c VALUES (1);
`;
  const error = await refusal(await written("luck.sql", script));
  assert.equal(error.code, "foreign-dump-unproved");
  assert.match(error.message, /cannot be restored.*constraint "c_id_check"/s);
});

Deno.test("adopt hears an error in the server's own language", async () => {
  await using german = await startServer("postgres17-german");
  await german.psql("postgres", "create database shop");
  await using files = await BackupFolder.make(german);
  const where = { server: german, folder: files };
  const script = `CREATE DATABASE shop;
ALTER DATABASE shop SET lc_messages TO 'de_DE.utf8';
ALTER ROLE postgres SET lc_messages TO 'de_DE.utf8';
\\connect shop
DROP TABLE IF EXISTS t;
CREATE TABLE t (n int);
CREATE TABLE lost (n int DEFAULT no_such_function());
`;
  const error = await refusal(await written("german.sql", script, files), where);
  assert.match(error.message, /1 error; line 7: .*no_such_function/);
});

Deno.test("adopt reads dumps in tar and directory format, and what PowerShell made of a script", async () => {
  await server.psql("postgres", "create database formats");
  await server.psql("formats", "create table items as select generate_series(1, 1000) as id");
  const inside = async (...cmd: string[]) => {
    const { code, stdout, stderr } = await runCommand(server, { cmd });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const dump = (...args: string[]) => inside("pg_dump", "-U", "postgres", ...args, "formats");
  await dump("-Ft", "-f", "/tmp/formats.tar");
  await dump("-Fd", "-f", "/tmp/formats.dir");
  const read = async (path: string) =>
    Uint8Array.from(atob(await inside("base64", "-w0", path)), (letter) => letter.charCodeAt(0));
  const tar = await written("formats.tar", await read("/tmp/formats.tar"));
  const files = join(folder.dir, "formats.dir");
  await Deno.mkdir(files);
  for (const name of (await inside("ls", "/tmp/formats.dir")).trim().split("\n")) {
    await Deno.writeFile(join(files, name), await read(`/tmp/formats.dir/${name}`));
  }
  const text = `\ufeff${await dump()}`.replaceAll("\n", "\r\n");
  const units = Uint16Array.from(text, (letter) => letter.charCodeAt(0));
  const powershell = await written("powershell.sql", new Uint8Array(units.buffer));
  for (const path of [tar, files, powershell]) {
    const outcome = await adoptFile(path);
    assert.deepEqual([rowsOf(outcome), outcome.report.whole], [{ items: 1000 }, true], path);
  }
});
