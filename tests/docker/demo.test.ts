import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type DemoStack, SEEDED_REVISION, startDemo } from "../../docker/demo.ts";
import { output } from "../../docker/command.ts";

function sql(stack: DemoStack, query: string): Promise<string> {
  const psql = ["psql", "-X", "-A", "-t", "-U", "auction", "-c", query];
  return stack.compose("exec", "-T", "db", ...psql);
}

function revision(stack: DemoStack): Promise<string> {
  return sql(stack, "SELECT version_num FROM alembic_version");
}

Deno.test("the demo's stack comes up, takes its rows, and migrates them", async (t) => {
  const project = `oakum-test-${randomBytes(4).toString("hex")}`;
  await using stack = await startDemo({ project, say: () => {} });
  await stack.upgrade(SEEDED_REVISION);
  await stack.seed();

  await t.step("its rows are about 100,000, and the same ones every time", async () => {
    const tables = ["users", "artworks", "bids", "payments"];
    const counts = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(" + ");
    assert.equal(await sql(stack, `SELECT ${counts}`), "104006");
    const bids = "SELECT md5(string_agg(b::text, '' ORDER BY id)) FROM bids b";
    const first = await sql(stack, bids);
    await sql(stack, "TRUNCATE users CASCADE");
    await stack.seed();
    assert.equal(await sql(stack, bids), first);
  });

  await t.step("the app can add rows beside the seeded ones", async () => {
    for (const table of ["users", "artworks", "bids", "payments"]) {
      const next = `nextval(pg_get_serial_sequence('${table}', 'id'))`;
      assert.equal(await sql(stack, `SELECT ${next} > max(id) FROM ${table}`), "t", table);
    }
  });

  await t.step("two revisions are left, and they leave the site working", async () => {
    assert.equal(await revision(stack), SEEDED_REVISION);
    await stack.upgrade("+2");
    assert.notEqual(await revision(stack), SEEDED_REVISION);
    await stack.upgrade("head");
    const page = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').read())";
    const front = await stack.compose("exec", "-T", "web", "python", "-c", page);
    assert.match(front, /No\. \d+/);
  });

  await t.step("it is an ordinary stack: no label of ours is on it", async () => {
    const ids = (await stack.compose("ps", "--quiet")).split("\n");
    assert.equal(ids.length, 2);
    const labels = await output([
      "docker",
      "inspect",
      "--format",
      "{{json .Config.Labels}}",
      ...ids,
    ]);
    assert.doesNotMatch(labels, /"oakum\./);
  });
});

Deno.test("disposing the demo's stack leaves nothing behind", async () => {
  const project = `oakum-test-${randomBytes(4).toString("hex")}`;
  await (await startDemo({ project, say: () => {} }))[Symbol.asyncDispose]();
  const filter = ["--quiet", "--filter", `label=com.docker.compose.project=${project}`];
  assert.equal(await output(["docker", "ps", "--all", ...filter]), "");
  assert.equal(await output(["docker", "volume", "ls", ...filter]), "");
  assert.equal(await output(["docker", "network", "ls", ...filter]), "");
});
