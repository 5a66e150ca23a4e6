import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { Shop } from "./shop.ts";

let shop: Shop;
/** The live database as pg_dump writes it. */
let dump: string;
let before: string;

Deno.test.beforeAll(async () => {
  shop = await Shop.open();
  await shop.psql("create database other", "postgres");
  await shop.psql("create table precious (n int); insert into precious values (1)", "other");
  dump = await pgDump();
  before = await shop.hash();
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

async function pgDump(...options: string[]): Promise<string> {
  const command = ["pg_dump", "-U", "postgres", "-d", shop.database, ...options];
  return `${await output(["docker", "exec", shop.container, ...command])}\n`;
}

function write(name: string, content: string | Uint8Array): string {
  const path = `${shop.stack.folder}/${name}`;
  Deno.writeFileSync(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return path;
}

const gzipped = async (text: string) =>
  new Uint8Array(
    await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer(),
  );

/** The dump with statements before its trailer. */
const with_ = (statements: string) =>
  dump.replace("--\n-- PostgreSQL database dump complete", `${statements}\n$&`);

const tables = (manifest: { tables: { name: string; rows: number }[] }) =>
  Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows]));

/** Adopts files and hands back the tables of each backup that came of it. */
async function adopt(...paths: string[]): Promise<Record<string, number>[]> {
  const { code, stdout, stderr } = await shop.oakum(["adopt", "--json", "--quiet", ...paths]);
  assert.equal(code, 0, stdout + stderr);
  return JSON.parse(stdout).adopted.map(({ backup }: { backup: { manifest: never } }) =>
    tables(backup.manifest)
  );
}

const WHOLE = { artworks: 50, bids: 5000 };

Deno.test("adopt takes what dumps of other tools hold, and the live server is as it was", async () => {
  const clean = await pgDump("--create", "--clean", "--if-exists");
  const cluster = await output([
    "docker",
    "exec",
    shop.container,
    "pg_dumpall",
    "-U",
    "postgres",
    "-c",
  ]);
  const found = await adopt(
    write("clean.sql", clean),
    write("drops.sql", `DROP DATABASE IF EXISTS other;\nDROP DATABASE shop;\n${dump}`),
    write(
      "runs.sql",
      with_("COPY public.bids TO PROGRAM 'cat >/tmp/was-here';"),
    ),
    write("cluster.sql", `${cluster}\n`),
    write("crlf.sql", `\ufeff${dump}`.replaceAll("\n", "\r\n")),
    write(
      "rows.sql",
      with_(
        "CREATE TABLE public.words (text text);\nCOPY public.words (text) FROM stdin;\n" +
          "DROP DATABASE shop;\nALTER TABLE x OWNER TO nobody_at_all;\nCOPY words (text) FROM stdin;\n" +
          "\\\\connect postgres\n\\.\n",
      ),
    ),
    write(
      "roles.sql",
      with_(
        'ALTER TABLE public.bids OWNER TO "Odd Owner";\nGRANT SELECT ON TABLE public.bids TO stranger;',
      ),
    ),
    write("restrict.sql", `\\restrict ${"a".repeat(63)}\n${dump}\\unrestrict ${"a".repeat(63)}\n`),
    write("packed.sql.gz", await gzipped(dump)),
  );
  const rows = { ...WHOLE, words: 4 };
  assert.deepEqual(found, [WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, rows, WHOLE, WHOLE, WHOLE]);
  assert.equal(await shop.hash(), before);
  const sees = await run(["docker", "exec", shop.container, "ls", "/tmp/was-here"]);
  assert.notEqual(sees.code, 0, "a program of the dump ran beside the live server");
  await shop.assertQuiet();
});

Deno.test("a dump that cannot be whole or does not load is refused, and nothing is kept of it", async (t) => {
  const kept = shop.files();
  const copyAt = dump.indexOf("COPY public.bids");
  const inCopy = dump.slice(0, dump.indexOf("\n", copyAt + 500));
  const archive = `${shop.stack.folder}/whole.dump`;
  const made = await new Deno.Command("docker", {
    args: ["exec", shop.container, "pg_dump", "-U", "postgres", "-Fc", "-d", shop.database],
  }).output();
  Deno.writeFileSync(archive, made.stdout);
  const packed = await gzipped(dump);
  const foreign = "create table t (a int, b text);\n";
  const cases: [name: string, content: string | Uint8Array, says: RegExp][] = [
    ["empty.sql", "", /is empty/],
    ["cut.sql", inCopy, /not whole/],
    ["cut.sql.gz", packed.subarray(0, packed.length / 2), /not whole/],
    ["cut-inside.sql.gz", await gzipped(inCopy), /not whole/],
    ["runs.sql", with_("\\! touch /tmp/was-here"), /runs a program \(\\!\)/],
    ["cut.dump", made.stdout.subarray(0, made.stdout.length - 2000), /pg_restore cannot read/],
    [
      "cut-copy.sql",
      `${foreign}copy t from stdin;\n1\ta\n`,
      /stops in the middle of a COPY that begins in line 2/,
    ],
    [
      "cut-text.sql",
      `${foreign}insert into t values (1, 'half`,
      /stops in the middle of a text that begins in line 2/,
    ],
    ["quits.sql", `${foreign}\\q\ncreate table never ();\n`, /Line 2 .* ends psql/],
    [
      "errors.sql",
      `${foreign}insert into missing values (1);\n`,
      /relation "missing" does not exist/,
    ],
    ["terse.sql", `\\set VERBOSITY terse\n${foreign}select 1/0;\n`, /division by zero/],
    ["data-only.sql", "select 1;\n", /built no table/],
    [
      "dials.sql",
      `${foreign}\\connect "host=172.17.0.1 user=postgres dbname=shop connect_timeout=3"\n`,
      /connects to a server of its own/,
    ],
    [
      "several.sql",
      "create database a;\n\\c a\ncreate table t ();\ncreate database b;\n\\c b\ncreate table t ();\n",
      /several databases/,
    ],
  ];
  for (const [name, content, says] of cases) {
    await t.step(name, async () => {
      const said = await shop.exits(4, ["adopt", write(name, content)]);
      assert.match(said, says);
    });
  }
  await t.step("restore refuses them as well", async () => {
    const said = await shop.exits(4, ["restore", "--yes", write("cut.sql", inCopy)]);
    assert.match(said, /not whole/);
    await shop.exits(4, ["restore", "--yes", write("quits.sql", cases[8]![1])]);
  });
  assert.deepEqual(shop.files(), kept);
  assert.equal(await shop.hash(), before);
  await shop.assertQuiet();
});

Deno.test("restore of a foreign file puts back what it holds, and keeps what it replaced", async () => {
  const path = write("old.sql", await pgDump("--create", "--clean", "--if-exists"));
  await shop.psql("delete from bids");
  await shop.exits(0, ["restore", "--yes", path]);
  assert.equal(await shop.psql("select count(*) from bids"), "5000");
  await shop.exits(0, ["restore", "--finalize", "--yes"]);
  assert.equal(await shop.psql("select count(*) from precious", "other"), "1");
  await shop.assertQuiet();
});
