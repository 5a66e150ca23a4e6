import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Carried, type CarryOptions } from "../../../../src/postgres/script/carry.ts";
import { stream } from "./read.ts";

/** What psql gets of a script, and what was made for it. */
async function carry(script: string, options: Partial<CarryOptions> = {}, cuts: number[] = []) {
  const roles: string[] = [];
  const carried = new Carried({
    path: "/dumps/old.sql",
    database: "shop",
    user: "postgres",
    major: 17,
    encodings: new Map([["shop", "UTF8"], ["ascii", "SQL_ASCII"]]),
    databases: new Map([["foreign", "create database foreign template template0;"]]),
    onRole: (name, login) => {
      roles.push(login ? `${name} login` : name);
      return Promise.resolve();
    },
    ...options,
  });
  const bytes = Buffer.from(script);
  const edges = [0, ...cuts, bytes.length];
  const chunks = edges.slice(1).map((to, at) => bytes.subarray(edges[at]!, to));
  const out = await Array.fromAsync(carried.through(stream(...chunks)));
  return { sql: Buffer.concat(out).toString("utf8"), roles, carried };
}

const SCRIPT = `\\restrict abc
\\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET lc_messages TO 'de_DE.utf8';
SET client_encoding = 'SQL_ASCII';
ALTER ROLE postgres WITH NOSUPERUSER
  NOLOGIN;
GRANT pg_monitor TO metrics WITH INHERIT TRUE GRANTED BY postgres;
CREATE DATABASE foreign
  LOCALE 'xx_XX';
\\echo hello
COPY t (a) FROM stdin;
\\set x
\\.
\\connect shop
`;

Deno.test("Carried leaves out and rewords what psql is not to see, and keeps every line's number", async () => {
  const { sql, roles } = await carry(SCRIPT);
  assert.deepEqual(sql.split("\n"), [
    "",
    "",
    "",
    "",
    "SET client_encoding = 'UTF8';",
    "",
    "",
    "GRANT pg_monitor TO metrics  WITH INHERIT TRUE  ;",
    "create database foreign template template0",
    ";",
    "",
    "COPY t (a) FROM stdin;",
    "\\set x",
    "\\.",
    "\\connect shop",
    "",
  ]);
  assert.deepEqual(roles, ["postgres", "metrics"]);
});

Deno.test("Carried hands on the same wherever the chunks are cut", async () => {
  const length = Buffer.from(SCRIPT).length;
  const whole = await carry(SCRIPT);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(length), { maxLength: 20 }), async (cuts) => {
      const { sql, roles } = await carry(SCRIPT, {}, [...new Set(cuts)].sort((a, b) => a - b));
      assert.deepEqual([sql, roles], [whole.sql, whole.roles]);
    }),
    { numRuns: 100 },
  );
});

Deno.test("Carried keeps a grantor that can have granted it, and takes it from others", async () => {
  const made = "CREATE ROLE boss;CREATE ROLE root;ALTER ROLE root WITH SUPERUSER;";
  const grant = async (text: string, major = 17) =>
    (await carry(`${made}${text}`, { major })).sql.slice(made.length).replaceAll(/ +/g, " ");
  assert.equal(await grant("GRANT a TO b GRANTED BY boss;"), "GRANT a TO b GRANTED BY boss;");
  assert.equal(await grant("GRANT a TO b GRANTED BY root;"), "GRANT a TO b ;");
  assert.equal(await grant("GRANT a TO b GRANTED BY stranger;"), "GRANT a TO b ;");
  const options = "GRANT a TO b WITH ADMIN OPTION, INHERIT FALSE, SET TRUE GRANTED BY root;";
  assert.equal(await grant(options), "GRANT a TO b WITH ADMIN OPTION, INHERIT FALSE, SET TRUE ;");
  assert.equal(await grant(options, 15), "GRANT a TO b WITH ADMIN OPTION ;");
  assert.equal(
    await grant("GRANT a TO b WITH INHERIT TRUE GRANTED BY boss;", 15),
    "GRANT a TO b GRANTED BY boss;",
  );
  const rights = "GRANT SELECT ON t TO b WITH GRANT OPTION GRANTED BY root;";
  assert.equal(await grant(rights, 15), rights);
});

Deno.test("Carried makes roles before the statement that names them, but none that the script makes", async () => {
  const { roles } = await carry(
    "CREATE ROLE own;\nALTER TABLE t OWNER TO own;\nALTER TABLE t OWNER TO other;\n" +
      "INSERT INTO t VALUES ('\nALTER TABLE t OWNER TO ghost;\n');\n\\connect - walker\n",
  );
  assert.deepEqual(roles, ["other", "walker login"]);
});

Deno.test("Carried leaves a database that is to be of any bytes so", async () => {
  const text = "SET client_encoding = 'SQL_ASCII';";
  assert.equal((await carry(text, { database: "ascii" })).sql, text);
  assert.equal((await carry(`\\connect ascii\n${text}`)).sql, `\\connect ascii\n${text}`);
});

Deno.test("Carried finds the statement of a line that psql says", async () => {
  const { carried } = await carry(
    "CREATE TABLE a (\n  b int\n);\nCOPY a (b) FROM stdin;\n1\n2\n\\.\n" +
      "INSERT INTO a\nVALUES (1);\nDROP TABLE b; INSERT INTO c VALUES (1);\n" +
      "INSERT INTO c VALUES (1); DROP TABLE b;\nDROP TABLE d;\nCREATE TABLE last (a int)\n\n",
  );
  const at = (line: number) => carried.find(line)?.line;
  assert.deepEqual([3, 7, 9, 12, 40].map(at), [1, 4, 8, 12, 13]);
  assert.equal(carried.find(3)?.head, "CREATE TABLE a ( b int )");
  // Which of two it was cannot be told: neither is forgiven.
  assert.deepEqual([10, 11].map((line) => carried.find(line)?.tolerated), [undefined, undefined]);
  assert.notEqual(carried.find(12)?.tolerated, undefined);
});

Deno.test("Carried counts the rows that are to be there", async () => {
  const copy = "COPY s.t (a) FROM stdin;\n1\n2\n\\.\n";
  const { carried } = await carry(copy + copy + "COPY u FROM stdin CSV HEADER;\na\n1\n\\.\n");
  assert.deepEqual(carried.copied, [{ database: "shop", table: ["s", "t"], rows: 4 }]);
  for (const change of ["DELETE FROM s.t;", "TRUNCATE s.t;", "SELECT wipe();", "DO $$$$;"]) {
    assert.deepEqual((await carry(`${copy}${change}`)).carried.copied, [], change);
  }
  const setval = "SELECT pg_catalog.setval('s', 1, true);";
  assert.equal((await carry(`${copy}${setval}`)).carried.copied.length, 1);
});

Deno.test("Carried hands a statement of any length on without holding it", async () => {
  const long = `INSERT INTO t VALUES ('${"x".repeat(1_000_000)}');\n`;
  const cuts = Array.from({ length: 60 }, (_, at) => (at + 1) * 16_000);
  assert.equal((await carry(long, {}, cuts)).sql, long);
});

Deno.test("Carried refuses a command that reads a file, in whatever script it stands", async () => {
  await assert.rejects(carry("\\i other.sql\n"), { code: "foreign-dump-partial" });
});
