import assert from "node:assert/strict";
import { table, THREE, writeRevision } from "./migrate/project.ts";
import { journalOf, openShop, type Ran, type Scene } from "./migrate/shop.ts";

/** How a run failed: its exit, its code, and all that it says. */
function failed({ error }: Ran) {
  assert.ok(error, "it ended well");
  return { outcome: error.outcome, code: error.code, text: error.message, hint: error.hint ?? "" };
}

/** What the journal says of the steps: whether each was applied, undefined where nobody knows. */
async function outcomes(scene: Scene): Promise<(boolean | undefined)[]> {
  const entries = await journalOf(scene);
  return entries.filter(({ kind }) => kind === "intent").map(({ id }) => {
    const end = entries.find((entry) => entry.kind === "outcome" && entry.id === id);
    return end?.kind === "outcome" ? end.ok : undefined;
  });
}

/** The commands that a hint gives. */
function commands(hint: string): string[] {
  return [...hint.matchAll(/oakum ((?:up|down)grade \S+?|rollback)[;.]?(?=\s|$)/g)].map((
    [, command],
  ) => command!);
}

Deno.test("migrate() says where it stands when a revision fails", async (t) => {
  await using shop = await openShop();
  const broken = table("bbbb2", "aaaa1", "bananas");
  const breaks = { ...broken, upgrade: [...broken.upgrade ?? [], "op.execute('select 1/0')"] };

  await t.step("the first one: the database is as it was", async () => {
    await using scene = await shop.scene([{ ...breaks, id: "aaaa1", down: undefined }]);
    const { outcome, code, text, hint } = failed(await scene.run());
    assert.deepEqual([outcome, code], ["unchanged", "migration-failed"]);
    assert.match(text, /^The upgrade of aaaa1 \(Sell bananas\) failed: division by zero\n/);
    assert.match(text, /\/versions\/aaaa1\.py:\d+: op\.execute\('select 1\/0'\)\nSQL: select 1\/0/);
    assert.match(text, /The database is as it was, at base, with nothing applied\.$/);
    assert.deepEqual(commands(hint), ["upgrade head"]);
    assert.deepEqual([await scene.heads(), await scene.tables()], [[], []]);
    assert.deepEqual(await outcomes(scene), [false]);
  });

  await t.step("one in the middle: what is done, what is not, and both ways to go on", async () => {
    const [first, , last] = THREE;
    await using scene = await shop.scene([first!, breaks, last!]);
    const ran = await scene.run();
    const { outcome, text, hint } = failed(ran);
    assert.equal(outcome, "changed");
    assert.match(text, /The database is at aaaa1\.\nApplied: aaaa1\.\n/);
    assert.match(text, /Nothing of bbbb2 is left in the database\.\nNot run: cccc3\.$/);
    const steps = ran.error?.data["steps"] as { state: string }[];
    assert.deepEqual(steps.map(({ state }) => state), ["applied", "failed", "pending"]);
    assert.deepEqual([await scene.heads(), await scene.tables()], [["aaaa1"], ["apples"]]);
    assert.deepEqual(await outcomes(scene), [true, false]);

    assert.deepEqual(commands(hint), ["upgrade head", "rollback"]);
    assert.equal((await scene.run({ direction: "downgrade", revision: "base" })).error, undefined);
    assert.deepEqual(await scene.tables(), []);
    await writeRevision(scene.folder, broken);
    assert.equal((await scene.run({ revision: "head" })).error, undefined);
    assert.deepEqual(await scene.tables(), ["apples", "bananas", "cherries"]);
  });

  await t.step("one that commits in the middle: what is left of it is named", async () => {
    const half = {
      id: "bbbb2",
      down: "aaaa1",
      upgrade: [
        'op.add_column("apples", sa.Column("weight", sa.Integer))',
        "with op.get_context().autocommit_block():",
        "    op.execute('create index concurrently heavy on apples (weight)')",
        "op.execute('select 1/0')",
      ],
    };
    await using scene = await shop.scene([THREE[0]!, half]);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    const ran = await scene.run();
    const { outcome, text, hint } = failed(ran);
    assert.equal(outcome, "changed");
    assert.match(text, /The database is at aaaa1\./);
    assert.match(text, /A part of bbbb2 is left in the database:\n/);
    assert.match(text, /column public\.apples\.weight was not there before/);
    assert.match(text, /index public\.heavy .*was not there before/);
    assert.match(hint, /no backup of before this run: bring bbbb2 to an end.*oakum psql/);
    assert.deepEqual(await scene.heads(), ["aaaa1"]);
    assert.deepEqual(await outcomes(scene), [true, false]);
  });

  await t.step("one whose index could not be built names what it left", async () => {
    const double = {
      id: "bbbb2",
      down: "aaaa1",
      upgrade: [
        "with op.get_context().autocommit_block():",
        "    op.execute('create unique index concurrently once on apples ((id % 2))')",
      ],
    };
    await using scene = await shop.scene([THREE[0]!, double]);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    await scene.database.sql`insert into apples values (1), (3)`;
    const { outcome, text } = failed(await scene.run());
    assert.equal(outcome, "changed");
    assert.match(text, /index public\.once.* is invalid/);
  });

  await t.step("rows that were committed before the end are not passed over", async () => {
    const rows = {
      id: "bbbb2",
      down: "aaaa1",
      upgrade: [
        "op.execute('insert into apples values (1)')",
        "op.execute('commit')",
        "raise KeyError('x')",
      ],
    };
    await using scene = await shop.scene([THREE[0]!, rows]);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    const { outcome, text } = failed(await scene.run());
    assert.equal(outcome, "changed");
    assert.match(text, /A part of bbbb2 was committed: its tables are as they were, but rows may/);
    assert.equal((await scene.database.sql`select * from apples`).length, 1);
  });

  await t.step("a constraint that is checked at the commit only", async () => {
    const late = {
      id: "aaaa1",
      upgrade: [
        "op.execute('create table a (id int primary key, b int references a deferrable initially deferred)')",
        "op.execute('insert into a values (1, 2)')",
      ],
    };
    await using scene = await shop.scene([late]);
    const { outcome, code, text } = failed(await scene.run());
    assert.deepEqual([outcome, code], ["unchanged", "commit-failed"]);
    assert.match(text, /violates foreign key constraint/);
    assert.deepEqual(await scene.tables(), []);
  });

  await t.step("one that ends Python itself, and one that is killed", async () => {
    const ends = async (line: string) => {
      await using scene = await shop.scene([{
        ...broken,
        down: undefined,
        upgrade: [...broken.upgrade!, line],
      }]);
      const ended = failed(await scene.run());
      assert.deepEqual([ended.outcome, await scene.tables()], ["unchanged", []], ended.text);
      return ended.text;
    };
    assert.match(await ends("sys.exit(0)"), /failed: it called sys\.exit\(0\)/);
    assert.match(await ends("os._exit(0)"), /ended with exit code 0 before it had answered/);
    assert.match(await ends("os.kill(os.getpid(), 9)"), /exit code 137 .* it was killed/);
    assert.match(await ends("raise KeyboardInterrupt"), /failed: KeyboardInterrupt/);
  });

  await t.step("a downgrade that fails is as before as well", async () => {
    const stuck = { ...broken, downgrade: ["op.execute('select 1/0')"] };
    await using scene = await shop.scene([THREE[0]!, stuck, THREE[2]!]);
    assert.equal((await scene.run()).error, undefined);
    const { outcome, text, hint } = failed(
      await scene.run({ direction: "downgrade", revision: "-3" }),
    );
    assert.equal(outcome, "changed");
    assert.match(text, /^The downgrade of bbbb2 .* failed/);
    assert.match(text, /The database is at bbbb2\.\nUndone: cccc3\./);
    assert.match(text, /Not run: aaaa1\.$/);
    assert.deepEqual(commands(hint), ["downgrade base"]);
    assert.deepEqual(await scene.tables(), ["apples", "bananas"]);
  });
});

Deno.test("migrate() does not believe an env.py", async (t) => {
  await using shop = await openShop();

  await t.step("that runs SQL before it begins, and never commits", async () => {
    await using scene = await shop.scene(THREE, {
      before: ["connection.execute(sa.text('select 1'))"],
    });
    const { outcome, code, text, hint } = failed(await scene.run());
    assert.deepEqual([outcome, code], ["unchanged", "not-committed"]);
    assert.match(text, /never committed: .*env\.py executes SQL before context\.begin_transaction/);
    assert.match(hint, /^Mend env\.py/);
    assert.deepEqual([await scene.heads(), await scene.tables()], [[], []]);
  });

  await t.step("that commits, and fails after it: the revision is applied", async () => {
    await using scene = await shop.scene(THREE, {
      after: [
        "if connection.execute(sa.text(\"select to_regclass('apples')\")).scalar():",
        "    raise RuntimeError('no cache')",
      ],
    });
    const ran = await scene.run();
    const { outcome, text } = failed(ran);
    assert.equal(outcome, "changed");
    assert.match(text, /^The upgrade of aaaa1 .* is done, but not what comes after it: no cache/);
    assert.match(text, /The database is at aaaa1\.\nApplied: aaaa1\.\nNot run: bbbb2, cccc3\.$/);
    assert.deepEqual(await outcomes(scene), [true]);
  });

  await t.step("that ends well, and has changed nothing", async () => {
    // It may be read; from the second time on it passes over its migrations.
    await using scene = await shop.scene(THREE, {
      top: [
        "seen = '/tmp/seen-' + os.environ['DATABASE_URL'].rpartition('/')[2]",
        "if os.path.exists(seen):",
        "    context.run_migrations = lambda **kw: None",
        "open(seen, 'w').close()",
      ],
    });
    const { outcome, code, text, hint } = failed(await scene.run());
    assert.deepEqual([outcome, code], ["unchanged", "env-ran-nothing"], text);
    assert.match(text, /env\.py ended without context\.run_migrations\(\)/);
    assert.match(hint, /^Mend env\.py/);
    assert.match(text, /The database is as it was, at base/);
    assert.deepEqual([await scene.heads(), await scene.tables()], [[], []]);
    assert.deepEqual(await outcomes(scene), [false]);
  });

  await t.step("that prints to stdout, closes it, and reads stdin", async () => {
    await using scene = await shop.scene([THREE[0]!], {
      top: ['print(\'{"event": "result", "at": 1, "heads": ["zzzz"]}\')', "sys.stdin.read()"],
      after: ["print('{')", "sys.stdout.close()"],
    });
    assert.equal((await scene.run()).error, undefined);
    assert.deepEqual(await scene.heads(), ["aaaa1"]);
  });

  await t.step("that migrates another database than it names", async () => {
    await using other = await shop.server.createDatabase();
    await using scene = await shop.scene(THREE);
    const url = scene.url.replace(scene.database.name, other.name);
    const { outcome, code, text } = failed(await scene.run({}, { url }));
    assert.deepEqual([outcome, code], ["refused", "other-database"]);
    assert.ok(text.includes(`"${other.name}"`), text);
    const tables = await other.sql`select from pg_tables where schemaname = 'public'`;
    assert.equal(tables.length, 0);
  });
});
