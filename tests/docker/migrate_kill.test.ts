import assert from "node:assert/strict";
import { generator, printedSeed } from "../faults/random.ts";
import type { Program } from "../faults/started.ts";
import { during, Site } from "./migrate/cli.ts";
import { THREE } from "./migrate/project.ts";

const RANDOM_KILLS = 4;

/** Each state that a database of these revisions can truthfully be in. */
const STATES = [":", "aaaa1: apples", "bbbb2: apples bananas", "cccc3: apples bananas cherries"];
const SLOW = THREE.map((revision) => ({
  ...revision,
  upgrade: [...revision.upgrade ?? [], "op.execute('select pg_sleep(1)')"],
}));

interface Moment {
  readonly name: string;
  /** Whether the step that was begun must be found open; elsewhere it may have ended just then. */
  readonly open?: true;
  /** Comes back when the run is at that moment. */
  readonly reached: (site: Site, running: Program) => Promise<unknown>;
}

const MOMENTS: readonly Moment[] = [
  { name: "before the lock", reached: (_, running) => running.reaches("plan") },
  { name: "during the backup", reached: (_, running) => running.reaches("dump") },
  {
    name: "in a statement of the first revision",
    open: true,
    reached: (site, running) =>
      during(running, async () => {
        const query = "select count(*) from pg_stat_activity where query like '%pg_sleep(1)%' " +
          "and application_name like 'oakum/%/app'";
        assert.equal(await site.ask(query), "1");
      }),
  },
  {
    name: "between two revisions",
    reached: async (_, running) => {
      await running.reaches("upgrade");
      await running.reaches("upgrade");
    },
  },
  {
    name: "after a commit, before the journal is told",
    reached: (site, running) =>
      during(running, async () => assert.equal(await site.state(), STATES[1])),
  },
];

/** What must be so after a SIGKILL, wherever it struck. */
async function assertSound(site: Site, app: string): Promise<void> {
  await site.untilNothingIsLeft(app);
  const state = await site.state();
  assert.ok(STATES.includes(state), `no revision leaves this: ${state}`);
  const files = (await site.temporaryFiles()).map(() => "file");
  const steps = await site.openSteps() > 0 ? ["step"] : [];
  assert.deepEqual(await site.leftovers(), [...files, ...steps], "status names what is left");
}

/** What is left of the run but its open step, which the next run settles, is ended when asked for. */
async function assertCleanable(site: Site): Promise<void> {
  const { said } = await site.run("doctor", "--end-leftovers", "--yes");
  assert.deepEqual(await site.temporaryFiles(), [], said);
  assert.deepEqual((await site.leftovers()).filter((kind) => kind !== "step"), [], said);
}

/** Every backup that is listed is good, those of killed runs as well. */
async function assertBackupsGood(site: Site, ...how: readonly string[]): Promise<void> {
  const verified = await site.run("verify", "--all", ...how);
  assert.equal(verified.code, 0, verified.said);
  assert.match(verified.said, /"findings":\[\]/, "there is at least one");
}

/** The next run says what became of the step that was open, and comes to the end. */
async function assertGoesOn(site: Site, ...args: readonly string[]): Promise<void> {
  const open = await site.openSteps();
  const next = await site.run(...args);
  assert.equal(next.code, 0, next.said);
  const told = next.warnings.filter((text) => text.includes("did not see the end of its"));
  assert.equal(told.length, open, next.warnings.join("\n"));
  assert.equal(await site.openSteps(), 0);
  assert.deepEqual(await site.temporaryFiles(), []);
}

Deno.test("oakum upgrade, killed, leaves a database that the next run goes on with", async (t) => {
  await using site = await Site.open();
  await site.reset(SLOW);
  const app = await site.startApp();

  for (const { name, reached, open } of MOMENTS) {
    await t.step(name, async () => {
      await site.reset(SLOW);
      const running = site.start("upgrade", "--yes");
      await reached(site, running);
      running.kill("SIGKILL");
      await running.ended().catch(() => {}); // Its last line may be cut.
      await assertSound(site, app);
      if (open) assert.equal(await site.openSteps(), 1);
      await assertCleanable(site);
      await assertGoesOn(site, "upgrade", "--yes");
      assert.equal(await site.state(), STATES[3]);
      await assertBackupsGood(site);
    });
  }

  await t.step(
    `at ${RANDOM_KILLS} random moments, up and down`,
    async () => {
      const random = generator(printedSeed());
      await site.reset(SLOW);
      const began = performance.now();
      assert.equal((await site.run("upgrade", "--yes")).code, 0);
      const whole = performance.now() - began;
      let [there, back] = [["downgrade", "base", "--yes"], ["upgrade", "--yes"]];
      for (let kill = 0; kill < RANDOM_KILLS; kill++) {
        const running = site.start(...there);
        const patience = setTimeout(() => running.kill("SIGKILL"), random() * whole);
        await running.ended();
        clearTimeout(patience);
        await assertSound(site, app);
        [there, back] = [back, there];
      }
      // The next run sweeps only where it takes a backup; here there may be nothing left to do.
      await assertCleanable(site);
      await assertGoesOn(site, "upgrade", "--yes");
      assert.equal(await site.state(), STATES[3]);
      await assertBackupsGood(site, "--restore");
    },
  );

  assert.equal(await site.hasCrashed(), false);
});
