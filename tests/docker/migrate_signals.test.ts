import assert from "node:assert/strict";
import { Terminal } from "../cli/program.ts";
import type { Program } from "../faults/started.ts";
import { during, endOf, Site } from "./migrate/cli.ts";
import { table, THREE } from "./migrate/project.ts";
import { eventually } from "./polling.ts";

const [FIRST, , THIRD] = THREE;
const SECOND = table("bbbb2", "aaaa1", "bananas");
const SLEEPS = "op.execute('select pg_sleep(120)')";

function sleeping(revision: typeof SECOND) {
  return { ...revision, upgrade: [...revision.upgrade ?? [], SLEEPS] };
}

/** Waits until the app's session sleeps in the server. */
async function untilAsleep(site: Site, running: Program): Promise<void> {
  await during(running, async () => {
    const query = "select count(*) from pg_stat_activity " +
      "where query = 'select pg_sleep(120)' and application_name like 'oakum/%/app'";
    assert.equal(await site.ask(query), "1");
  });
}

interface Moment {
  readonly name: string;
  readonly revisions: typeof THREE;
  /** Comes back when the run is at that moment. */
  readonly reached: (site: Site, running: Program) => Promise<unknown>;
  readonly code: number;
  readonly state: string;
  readonly says: RegExp;
}

const MOMENTS: readonly Moment[] = [
  {
    name: "while the plan is made",
    revisions: THREE,
    reached: (_site, running) => running.reaches("plan"),
    code: 130,
    state: ":",
    says: /^Interrupted by/,
  },
  {
    name: "in the backup",
    revisions: THREE,
    reached: (_site, running) => running.reaches("snapshot"),
    code: 130,
    state: ":",
    says: /There is no backup, so the upgrade did not begin|^Interrupted/,
  },
  {
    name: "in the first revision",
    revisions: [sleeping(FIRST!), SECOND, THIRD!],
    reached: untilAsleep,
    code: 130,
    state: ":",
    says: /^Interrupted during the upgrade of aaaa1 .*\nThe database is as it was, at base/,
  },
  {
    name: "in the second revision",
    revisions: [FIRST!, sleeping(SECOND), THIRD!],
    reached: untilAsleep,
    code: 6,
    state: "aaaa1: apples",
    says:
      /^Interrupted during the upgrade of bbbb2 .*\nThe database is at aaaa1\.\nApplied: aaaa1\.\nNothing of bbbb2 is left in the database\.\nNot run: cccc3\.\nBackup from before: /,
  },
  {
    name: "between two revisions",
    revisions: [FIRST!, sleeping(SECOND), THIRD!],
    reached: async (_site, running) => {
      await running.reaches("upgrade");
      await running.reaches("upgrade");
    },
    code: 6,
    state: "aaaa1: apples",
    says: /^Interrupted (before|during) the upgrade of bbbb2 .*\nThe database is at aaaa1\./,
  },
];

Deno.test("oakum upgrade, interrupted, says where it stands and leaves nothing behind", async (t) => {
  await using site = await Site.open();
  await site.reset(THREE);
  const app = await site.startApp();

  for (const [at, { name, revisions, reached, code, state, says }] of MOMENTS.entries()) {
    const signal = at % 2 === 0 ? "SIGINT" : "SIGTERM";
    await t.step(`${name} (${signal})`, async () => {
      await site.reset(revisions);
      const running = site.start("upgrade", "--yes");
      await reached(site, running);
      running.kill(signal);
      const ran = await endOf(running);
      assert.equal(ran.code, code, ran.said);
      assert.match(ran.error?.message ?? "", says);
      assert.equal(await site.state(), state);
      await site.untilNothingIsLeft(app);
      assert.deepEqual(await site.temporaryFiles(), []);
      assert.equal(await site.openSteps(), 0);
    });
  }

  await t.step("a revision that hangs in Python is ended as well", async () => {
    await site.reset([{ ...FIRST!, upgrade: [...FIRST!.upgrade!, "while True: pass"] }]);
    const running = site.start("upgrade", "--yes", "--backup", "none");
    await during(running, async () => {
      const idle = "select count(*) from pg_stat_activity where state = 'idle in transaction' " +
        "and application_name like 'oakum/%/app' and query like '%CREATE TABLE apples%'";
      assert.equal(await site.ask(idle), "1");
    });
    running.kill("SIGINT");
    assert.equal((await endOf(running)).code, 130);
    await site.untilNothingIsLeft(app);
    assert.equal(await site.state(), ":");
  });

  await t.step("without a terminal and --yes it asks nobody and changes nothing", async () => {
    await site.reset(THREE);
    const ran = await site.run("upgrade");
    assert.equal(ran.code, 4, ran.said);
    assert.equal(await site.state(), ":");
    assert.equal((await site.journal()).length, 0);
    assert.equal((await site.run("upgrade", "--dry-run")).code, 0);
    assert.equal(await site.state(), ":");
  });
  await t.step("on a terminal it asks, and takes no for an answer", async () => {
    const answering = async (key: string) => {
      await using terminal = new Terminal("oakum upgrade --backup none", {
        cwd: site.stack.folder,
      });
      await terminal.until(/Apply 3 revisions to "shop" of \S+\?/);
      await terminal.until(/aaaa1 {2}Sell apples/);
      await terminal.type(key);
      return await terminal.ended();
    };
    assert.equal(await answering("n\r"), 4);
    assert.equal(await site.state(), ":");
    assert.equal(await answering("y\r"), 0);
    assert.equal(await site.state(), "cccc3: apples bananas cherries");
  });

  await t.step(
    "a stamp, interrupted where it waits, says what the version table says",
    async () => {
      const holder = site.hold("lock table alembic_version in share mode");
      await eventually(async () => assert.match(await site.held(), /ShareLock/));
      const running = site.start("stamp", "aaaa1", "--yes");
      await during(running, async () => {
        const waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' " +
          "and application_name like 'oakum/%/app'";
        assert.equal(await site.ask(waiting), "1");
      });
      running.kill("SIGTERM");
      const ran = await endOf(running);
      await holder[Symbol.asyncDispose]();
      assert.equal(ran.code, 130, ran.said);
      assert.match(ran.error?.message ?? "", /The version table is as it was, at cccc3\./);
      await site.untilNothingIsLeft(app);
      assert.equal(await site.openSteps(), 0);
    },
  );
  assert.equal(await site.hasCrashed(), false);
});
