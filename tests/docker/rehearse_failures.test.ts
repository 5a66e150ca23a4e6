import assert from "node:assert/strict";
import type { MeasuredMove } from "../../src/operations/rehearse/measure.ts";
import { ownServer, type TestServer } from "./fixtures.ts";
import { eventually } from "./polling.ts";
import { DRIVERS, Measuring, type Orchard } from "./rehearse/measuring.ts";

/** How a move failed: its kind, its message, and the text of the line that did it. */
async function failed({ scene }: Orchard, { failure }: MeasuredMove) {
  assert.ok(failure, "it ended well");
  const { kind, message, file, line } = failure;
  if (file === null || line === null) return { kind, message, source: null };
  assert.ok(file.startsWith(`${scene.inside}/`), file);
  const text = await Deno.readTextFile(file.replace(scene.inside, scene.folder));
  return { kind, message, source: text.split("\n")[line - 1]!.trim() };
}

async function sessions({ sql, scene: { database } }: Orchard): Promise<number> {
  const found = await sql`
    select from pg_stat_activity where datname = ${database.name} and application_name like '%/app'`;
  return found.length;
}

Deno.test("measureMove() tells why a move could not be made", async (t) => {
  await using measuring = await Measuring.open();

  await t.step("the server's error, and what was measured until then", async () => {
    await using at = await measuring.orchard([{
      upgrade: ["op.execute('lock table apples')", "op.execute('select 1/0')"],
    }]);
    const move = await at.move("bbbb1");
    assert.deepEqual(await failed(at, move), {
      ...{ kind: "failed", message: "division by zero", source: "op.execute('select 1/0')" },
    });
    assert.deepEqual(move.measured?.locks.map(({ mode }) => mode), ["ACCESS EXCLUSIVE"]);
    assert.deepEqual([move.before.heads, move.after.heads], [["aaaa1"], ["aaaa1"]]);
  });

  await t.step("a statement that does not end is cut off, and named", async () => {
    await using at = await measuring.orchard([{
      upgrade: ["op.execute('drop table apples')", "op.execute('select pg_sleep(600)')"],
    }]);
    const move = await at.move("bbbb1", { timeoutMs: 12_000 });
    assert.deepEqual(await failed(at, move), {
      kind: "hangs",
      message: "It had not ended after 12.0 s: it was busy with select pg_sleep(600).",
      source: "op.execute('select pg_sleep(600)')",
    });
    assert.equal(await sessions(at), 0);
    assert.deepEqual(move.after.heads, ["aaaa1"]);
    assert.equal((await at.sql`select from apples`).length, 500);
  });

  await t.step("Python that does not end is cut off, and its line named", async () => {
    await using at = await measuring.orchard([{
      upgrade: ["op.execute('drop table apples')", "time.sleep(600)"],
    }]);
    const move = await at.move("bbbb1", { timeoutMs: 12_000 });
    const { kind, message, source } = await failed(at, move);
    assert.deepEqual([kind, source], ["hangs", "time.sleep(600)"]);
    assert.match(message, /: it was busy at \/\S+\/bbbb1\.py:\d+\.$/);
    assert.equal(await sessions(at), 0);
  });

  await t.step("a downgrade that refuses", async () => {
    await using at = await measuring.orchard([{
      upgrade: ["op.drop_column('apples', 'kind')"],
      downgrade: ["raise NotImplementedError('no way back')"],
    }]);
    assert.equal((await at.move("bbbb1")).failure, null);
    assert.deepEqual(await failed(at, await at.move("bbbb1", { direction: "downgrade" })), {
      kind: "raises",
      message: "no way back",
      source: "raise NotImplementedError('no way back')",
    });
  });

  await t.step("Python that is killed", async () => {
    await using at = await measuring.orchard([{
      upgrade: ["op.execute('select 7')", "os.kill(os.getpid(), 9)"],
    }]);
    const { kind, message } = await failed(at, await at.move("bbbb1"));
    assert.equal(kind, "failed");
    assert.match(message, /it was killed, perhaps for want of memory/);
  });

  await t.step(
    "an interruption is no failure of the revision, and leaves nothing behind",
    async () => {
      await using at = await measuring.orchard([{
        upgrade: ["op.execute('drop table apples')", "op.execute('select pg_sleep(600)')"],
      }]);
      const interrupt = new AbortController();
      const moving = at.move("bbbb1", {}, interrupt.signal);
      await Promise.race([
        eventually(async () => {
          const sleeping = await at.sql`
          select from pg_stat_activity where query = 'select pg_sleep(600)'
            and datname = ${at.scene.database.name}`;
          assert.equal(sleeping.length, 1);
        }),
        moving,
      ]);
      interrupt.abort(new Error("Ctrl-C"));
      await assert.rejects(moving, /Ctrl-C/);
      assert.equal(await sessions(at), 0);
    },
  );

  await t.step("another server than the expected one is no failure of the revision", async () => {
    await using at = await measuring.orchard([{ upgrade: ["op.drop_table('apples')"] }]);
    const expect = { ...at.place.expect, sandbox: { name: "s1.s2", value: "of another" } };
    await assert.rejects(at.move("bbbb1", { expect }), { code: "wrong-server" });
    assert.equal((await at.sql`select from apples`).length, 500);
  });
});

Deno.test("measureMove() tells what env.py never commits", async () => {
  const env = { before: ["connection.exec_driver_sql('select 1')"] };
  await using measuring = await Measuring.open({ ...DRIVERS[0]!, env });
  await using at = await measuring.orchard([{ upgrade: ["op.drop_table('apples')"] }]);
  const move = await at.move("bbbb1");
  assert.equal(move.failure?.kind, "not-committed");
  assert.deepEqual([move.measured?.tables, move.after.heads], [[], ["aaaa1"]]);
});

Deno.test("measureMove() tells what the copy of an app may not do", async (t) => {
  const sockets = await Deno.makeTempDir({ prefix: "oakum-sockets-" });
  await Deno.chmod(sockets, 0o777);
  const options = ["--volume", `${sockets}:/var/run/postgresql`];
  {
    await using server = await ownServer("postgres17", { options });
    await using measuring = await isolated(server, options);

    for (
      const [name, line, kind, message] of [
        [
          "reach an address",
          "import socket; socket.create_connection(('1.1.1.1', 80), 5)",
          "reaches-out",
          /^It reaches for another server, and the copy has no network: .*unreachable/,
        ],
        [
          "find a name",
          "import urllib.request; urllib.request.urlopen('http://rates.invalid/')",
          "reaches-out",
          /the copy has no network: .*name resolution/,
        ],
        [
          "write a file",
          "open('/srv/notes', 'w')",
          "read-only",
          /^It writes \/srv\/notes, .*rehearsal\.writable\.$/,
        ],
      ] as const
    ) {
      await t.step(name, async () => {
        await using at = await measuring.orchard([{ upgrade: [line] }]);
        const found = await failed(at, await at.move("bbbb1"));
        assert.deepEqual([found.kind, found.source], [kind, line]);
        assert.match(found.message, message);
      });
    }
  }
  await Deno.remove(sockets, { recursive: true });
});

/** An app without a network, on a file system that it cannot write to. */
function isolated(server: TestServer, options: readonly string[]): Promise<Measuring> {
  const readOnly = ["--read-only", "--tmpfs", "/tmp"];
  const shop = { server, network: "none", options: [...options, ...readOnly] };
  return Measuring.open(
    undefined,
    shop,
    (url) => url.replace(/@[^/]*\//, "@/") + "?host=/var/run/postgresql",
  );
}

Deno.test("measureMove() counts the log of a rewrite also where the server writes none", async () => {
  const args = ["-c", "wal_level=minimal", "-c", "max_wal_senders=0"];
  await using server = await ownServer("postgres17", { args });
  await using measuring = await Measuring.open(undefined, { server });
  await using at = await measuring.orchard(
    [{ upgrade: ["op.alter_column('apples', 'weight', type_=sa.BigInteger)"] }],
    "insert into apples select n, n, 'more' from generate_series(501, 100000) n",
  );
  const { measured, failure } = await at.move("bbbb1");
  assert.equal(failure, null);
  const [row] = await at.sql`select pg_relation_size('apples') as bytes`;
  assert.ok(measured!.walBytes >= Number(row!["bytes"]), `${measured!.walBytes}`);
});
