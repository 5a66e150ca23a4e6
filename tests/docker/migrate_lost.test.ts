import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { output, run } from "../../docker/command.ts";
import { appendEntry } from "../../src/backups/journal.ts";
import { ownServer } from "./fixtures.ts";
import { table, THREE, writeRevision } from "./migrate/project.ts";
import { journalOf, journalPath, openShop, type Ran, type Scene } from "./migrate/shop.ts";
import { settles } from "./polling.ts";

const QUICK = table("aaaa1", undefined, "apples");
const SLOW = { ...QUICK, upgrade: [...QUICK.upgrade ?? [], "op.execute('select pg_sleep(120)')"] };

function failed({ error }: Ran) {
  assert.ok(error, "it ended well");
  return {
    outcome: error.outcome,
    code: error.code,
    text: error.message,
    hint: error.hint ?? "",
    verdict: error.data["verdict"],
  };
}

/** What a query says; past a port of the server's, which moves when it is restarted. */
function ask({ shop, database }: Scene, query: string): Promise<string> {
  const psql = ["psql", "-U", "postgres", "-XAt", "-d", database.name, "-c", query];
  return output(["docker", "exec", shop.server.name, ...psql]);
}

/** Starts a run and comes back when its revision sleeps in the server. */
async function asleep(scene: Scene): Promise<{ readonly ran: Promise<Ran> }> {
  const ran = scene.run();
  const query = "select count(*) from pg_stat_activity where query = 'select pg_sleep(120)' " +
    "and datname = current_database() and application_name like 'oakum/%/app'";
  await settles(async () => assert.equal(await ask(scene, query), "1"));
  return { ran };
}

const TABLES = "select count(*) from pg_tables where schemaname = 'public'";

Deno.test("migrate() and an app's container that goes away", async (t) => {
  for (
    const [what, verb, text] of [
      ["stops", ["stop", "--time", "1"], /The app's container stopped while Python worked in it/],
      [
        "is removed",
        ["rm", "--force"],
        // The engine kills it first: for a moment it is stopped and still there.
        /The app's container (was removed|stopped) while Python worked in it/,
      ],
    ] as const
  ) {
    await t.step(`one that ${what} in the middle`, async () => {
      await using shop = await openShop();
      await using scene = await shop.scene([SLOW]);
      const { ran } = await asleep(scene);
      await output(["docker", ...verb, shop.app.name]);
      const end = failed(await ran);
      assert.deepEqual([end.outcome, end.code, end.verdict], [
        "unchanged",
        "app-stopped",
        "as-before",
      ]);
      assert.match(end.text, text);
      assert.match(end.text, /The database is as it was, at base/);
      assert.deepEqual([await scene.heads(), await scene.tables()], [[], []]);
    });
  }
});

Deno.test("migrate() ends the app's session also where its own way to the server is gone", async () => {
  await using shop = await openShop();
  await using scene = await shop.scene([SLOW]);
  const { ran } = await asleep(scene);
  const query = `select pid, split_part(application_name, '/', 2) from pg_stat_activity
    where datname = current_database() and application_name like 'oakum/%/app'`;
  const [pid, runId] = (await ask(scene, query)).split("|");
  const label = `label=oakum.run=${runId}`;
  const sidecars = (await output(["docker", "ps", "--quiet", "--filter", label])).split("\n");
  await output(["docker", "rm", "--force", ...sidecars]);
  await output(["docker", "kill", shop.app.name]);
  const end = failed(await ran);
  assert.deepEqual([end.outcome, end.verdict], ["unchanged", "as-before"], end.text);
  const alive = `select count(*) from pg_stat_activity where pid = ${pid}`;
  assert.equal(await ask(scene, alive), "0", "what it says could still change");
});

Deno.test("migrate() and a server that goes away", async (t) => {
  const network = `oakum-test-${randomBytes(4).toString("hex")}`;
  await output(["docker", "network", "create", network]);
  await using _network = {
    [Symbol.asyncDispose]: async () => void await run(["docker", "network", "rm", network]),
  };
  const options = ["--network", network, "--network-alias", "db"];
  await using own = await ownServer("postgres17", { options });
  await using shop = await openShop({ server: own, network });
  await using restarted = await shop.scene([SLOW]);
  await using stopped = await shop.scene([SLOW]);

  await t.step("one that is restarted in the middle is waited for", async () => {
    const { ran } = await asleep(restarted);
    await output(["docker", "restart", "--time", "1", own.name]);
    const end = failed(await ran);
    assert.deepEqual([end.outcome, end.verdict], ["unchanged", "as-before"], end.text);
    assert.match(end.text, /The database is as it was, at base/);
    assert.equal(await ask(restarted, TABLES), "0");
  });

  await t.step(
    "one that does not come back: nobody knows, and the next run finds out",
    async () => {
      const { ran } = await asleep(stopped);
      await output(["docker", "stop", "--time", "1", own.name]);
      const end = failed(await ran);
      assert.deepEqual([end.outcome, end.verdict], ["changed", "unknown"], end.text);
      assert.match(end.text, /Whether aaaa1 is in the database is not known, nobody could look: /);
      assert.match(end.hint, /as soon as the database answers: oakum status/);
      assert.deepEqual((await journalOf(stopped)).map(({ kind }) => kind), ["intent"]);

      await output(["docker", "start", own.name]);
      await writeRevision(stopped.folder, QUICK);
      const fate =
        /^Run \w+ did not see the end of its upgrade of aaaa1, .*: it was taken back, the/;
      await settles(async () => {
        const dry = await stopped.run({ dryRun: true });
        assert.match(dry.report?.warnings[0] ?? "", fate);
      });
      assert.equal((await journalOf(stopped)).length, 1, "a dry run writes nothing");

      const next = await stopped.run();
      assert.match(next.report?.warnings[0] ?? "", fate);
      const ends = (await journalOf(stopped)).filter((entry) => entry.kind === "outcome");
      assert.deepEqual(ends.map(({ ok, data }) => [ok, data["settledBy"]]), [
        [false, next.runId],
        [true, undefined],
      ]);
      assert.equal(await ask(stopped, TABLES), "2");
    },
  );
});

Deno.test("migrate() and what happens before the first step", async (t) => {
  await using shop = await openShop();

  await t.step("somebody else moves the database while the question is open", async () => {
    await using scene = await shop.scene(THREE);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    const moves: Promise<unknown>[] = [];
    const ran = await scene.run({}, {
      answer: () => {
        const { sql } = scene.database;
        moves.push(sql`update alembic_version set version_num = 'bbbb2'`.execute());
      },
    });
    await Promise.all(moves);
    const end = failed(ran);
    assert.deepEqual([end.outcome, end.code], ["refused", "moved-meanwhile"]);
    assert.match(end.text, /moved from aaaa1 to bbbb2 after the plan was made/);
  });

  await t.step("somebody else moves it when the step begins", async () => {
    await using scene = await shop.scene(THREE);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    const moves: Promise<unknown>[] = [];
    const end = failed(
      await scene.run({}, {
        onEvent: (event) => {
          if (event.type !== "step" || event.step !== "upgrade") return;
          const { sql } = scene.database;
          moves.push(sql`update alembic_version set version_num = 'cccc3'`.execute());
        },
      }),
    );
    await Promise.all(moves);
    assert.deepEqual([end.outcome, end.code], ["refused", "moved"], end.text);
    assert.match(end.text, /The database is at cccc3\./);
    assert.match(end.hint, /Somebody else migrates it/);
    assert.deepEqual(await scene.tables(), ["apples"]);
  });

  await t.step(
    "a run that was cut off left a step open: the database says how it ended",
    async () => {
      await using scene = await shop.scene(THREE);
      assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
      const first = (await journalOf(scene))[0]!;
      const leaveOpen = (id: string, data: Record<string, string | string[]>) =>
        appendEntry(journalPath(scene), {
          ...{ v: 1, at: first.at, run: "feed", id, operation: "upgrade", step: "apply" } as const,
          ...{
            kind: "intent",
            data: { revision: "bbbb2", from: ["aaaa1"], to: ["bbbb2"], ...data },
          },
        });
      const fates = async () => {
        const { report } = await scene.run({ revision: "aaaa1", direction: "downgrade" });
        return (report?.warnings ?? []).map((text) => text.replace(/, [^:]*:/, ":"));
      };
      const cut = "Run feed did not see the end of its upgrade of bbbb2";
      await leaveOpen("feed.1", {
        fingerprint: String((await journalOf(scene))[1]?.data["fingerprint"]),
      });
      assert.deepEqual(await fates(), [`${cut}: it was taken back, the database stayed at aaaa1.`]);
      assert.deepEqual(await fates(), [], "it is said once");
      await leaveOpen("feed.2", { fingerprint: "another", backup: "db_backup_x" });
      const changed = "the database is still at aaaa1, but its schema is another one than before";
      assert.deepEqual(await fates(), [
        `${cut}: ${changed} (the backup from before is db_backup_x).`,
      ]);
      await leaveOpen("feed.3", { from: [], to: ["aaaa1"] });
      assert.deepEqual(await fates(), [`${cut}: it was done, the database came to aaaa1.`]);
      const ends = (await journalOf(scene)).filter(({ id, kind }) =>
        kind === "outcome" && id.startsWith("feed")
      );
      assert.deepEqual(ends.map((end) => end.kind === "outcome" && end.ok), [false, false, true]);
    },
  );

  await t.step("a session of a run that was cut off does not end", async () => {
    await using scene = await shop.scene(THREE);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    const [begun] = await journalOf(scene);
    const data = { revision: "bbbb2", from: ["aaaa1"], to: ["bbbb2"] };
    await appendEntry(journalPath(scene), { ...begun!, run: "feed", id: "feed.1", data });
    const held = await scene.database.sql.reserve();
    await held`set application_name = 'oakum/feed/app'`;
    const [row] = await held<{ pid: number }[]>`select pg_backend_pid() as pid`;
    // As one is that waits for a disk: it hears of its end only when it goes on.
    const signal = (name: string) =>
      output(["docker", "exec", shop.server.name, "kill", `-${name}`, String(row!.pid)]);
    await signal("STOP");
    const end = failed(await scene.run());
    await signal("CONT");
    held.release();
    assert.deepEqual([end.outcome, end.code], ["refused", "sessions-left"], end.text);
    assert.match(end.text, new RegExp(`run feed does not end: server process ${row!.pid}\\.`));
    assert.equal((await journalOf(scene)).length, 3, "how it ended is not known yet");
  });

  await t.step("a backup that cannot be taken", async () => {
    await using scene = await shop.scene(THREE);
    await Deno.writeTextFile(scene.backups, "a file where the folder should be");
    const unreadable = failed(await scene.run({ backup: backupIn(scene) }));
    assert.equal(unreadable.outcome, "refused", unreadable.text);
    await Deno.remove(scene.backups);
    // A table that is locked cannot be backed up.
    const holder = await scene.database.sql.reserve();
    await holder`create table busy (id int)`;
    await holder`begin`;
    await holder`lock table busy in access exclusive mode`;
    const end = failed(await scene.run({ backup: backupIn(scene) }));
    await holder`rollback`;
    holder.release();
    assert.deepEqual([end.outcome, end.code], ["unchanged", "table-locked"]);
    assert.match(
      end.text,
      /^There is no backup, so the upgrade did not begin: The table public\.busy is locked/,
    );
    assert.deepEqual(await scene.heads(), []);
  });

  await t.step("a backup that looks like a collapse", async () => {
    await using scene = await shop.scene(THREE);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    await scene.database.sql`insert into apples select generate_series(1, 1000)`;
    const good = await scene.run({ revision: "bbbb2", backup: backupIn(scene) });
    assert.ok(good.report?.kind === "migration" && good.report.backup, good.error?.message);
    await scene.database.sql`truncate apples`;
    const end = failed(await scene.run({ backup: backupIn(scene) }));
    assert.deepEqual([end.outcome, end.code], ["refused", "backup-suspect"]);
    assert.match(end.text, /The backup before the upgrade looks wrong: .*there were 1001/);
    assert.match(end.hint, /oakum pin db_backup_\S+, then again/);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
  });

  await t.step("what oakum itself took back is no collapse", async () => {
    await using scene = await shop.scene(THREE);
    const backup = backupIn(scene);
    assert.equal((await scene.run()).error, undefined);
    const down = await scene.run({ direction: "downgrade", revision: "base", backup });
    assert.equal(down.error, undefined, down.error?.message);
    const up = await scene.run({ backup });
    assert.equal(up.error, undefined, up.error?.message);
  });

  await t.step("but what else went since is one", async () => {
    await using scene = await shop.scene(THREE);
    const backup = backupIn(scene);
    assert.equal((await scene.run()).error, undefined);
    await scene.database.sql`insert into apples select generate_series(1, 1000)`;
    const down = await scene.run({ direction: "downgrade", revision: "bbbb2", backup });
    assert.equal(down.error, undefined, down.error?.message);
    await scene.database.sql`truncate apples`;
    const end = failed(await scene.run({ backup }));
    assert.deepEqual([end.outcome, end.code], ["refused", "backup-suspect"]);
  });

  await t.step("a backup and its way back are named when a step fails", async () => {
    const half = {
      id: "bbbb2",
      down: "aaaa1",
      upgrade: [
        'op.add_column("apples", sa.Column("weight", sa.Integer))',
        "op.execute('commit')",
        "1 / 0",
      ],
    };
    await using scene = await shop.scene([THREE[0]!, half]);
    const end = failed(await scene.run({ backup: backupIn(scene) }));
    assert.equal(end.outcome, "changed");
    const [, id] = /Backup from before: (db_backup_\d{8}_\d{6}(?:_\d)?)\.$/.exec(end.text) ?? [];
    assert.ok(id, end.text);
    assert.match(end.hint, new RegExp(`oakum restore ${id}$`));
  });
});

function backupIn({ backups: dir }: Scene) {
  return { dir, format: "custom", verify: "read", accept: false } as const;
}
