import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../docker/command.ts";
import { Program } from "../faults/started.ts";
import type { MigrationPlan, MigrationReport } from "../../src/reports/migration.ts";
import { Site } from "./migrate/cli.ts";
import { table, writeRevision } from "./migrate/project.ts";

const REVISIONS = [
  table("aaaa1", undefined, "apples"),
  table("bbbb2", "aaaa1", "bananas"),
  table("cccc3", "bbbb2", "cherries"),
];

interface Typed {
  readonly code: number;
  readonly said: string;
  readonly report:
    | Pick<MigrationPlan, "checklist" | "refused"> & Pick<MigrationReport, "health" | "rehearsed">
    | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly steps: readonly string[];
}

/** Runs oakum with nothing set, as it is for a person. */
async function type(site: Site, ...args: readonly string[]): Promise<Typed> {
  const start = { cwd: site.stack.folder, env: { OAKUM_GUARD: "" } };
  const { code, stdout, stderr } = await new Program([...args, "--json"], start).ended();
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line || "{}"));
  const steps = lines.filter((line) => line.type === "step").map((line) => line.step);
  const { report, error } = lines.at(-1);
  return { code, said: stdout + stderr, report, error, steps };
}

Deno.test("oakum upgrade, with nothing set", async (t) => {
  await using site = await Site.open();
  const app = await site.startApp();
  // Its models say nothing of any table, and nobody asks them to.
  const models = "target_metadata=sa.MetaData(), include_object=lambda *_: False";
  await site.reset(REVISIONS, { configure: models });
  await output(["docker", "exec", app, "/srv/venv/bin/alembic", "upgrade", "aaaa1"]);

  await t.step("must say in a dry run what is not known yet", async () => {
    const { code, report, said } = await type(site, "upgrade", "--dry-run");
    assert.equal(code, 0, said);
    const states = report?.checklist?.items.map(({ id, state }) => `${id} ${state}`) ?? [];
    assert.ok(states.includes("rehearsed no"), said);
    assert.ok(states.includes("review open"), said);
  });

  await t.step("must rehearse, apply what was rehearsed, and ask nothing", async () => {
    const { code, report, said, steps } = await type(site, "upgrade", "bbbb2");
    assert.equal(code, 0, said);
    assert.ok(steps.includes("rehearse") && steps.includes("health"), said);
    assert.ok(report?.rehearsed?.at);
    assert.deepEqual(report.health?.checks.map(({ ok }) => ok), [true]);
    assert.equal(await site.state(), "bbbb2: apples bananas");
    const [first] = await site.journal();
    assert.deepEqual(Object.keys(Object(first?.data["image"])).sort(), ["id", "name"]);
    assert.ok(first?.data["by"]);
  });

  await t.step("must rehearse on a backup by its name, and not on another's dump", async () => {
    const named = await type(site, "rehearse", "--dry-run", "--from", "latest");
    assert.equal(named.code, 0, named.said);
    assert.match(named.said, /"name":\s*"db_backup_/);
    await Deno.writeTextFile(join(site.stack.folder, "old.sql"), "select 1;\n");
    const foreign = await type(site, "rehearse", "--dry-run", "--from", "old.sql");
    assert.deepEqual([foreign.code, foreign.error?.code], [4, "not-a-backup"], foreign.said);
    assert.match(foreign.said, /oakum adopt old\.sql; then --from/);
  });

  await t.step("must use what oakum rehearse has found out", async () => {
    const rehearsed = await type(site, "rehearse");
    assert.equal(rehearsed.code, 0, rehearsed.said);
    const plan = await type(site, "upgrade", "--dry-run");
    const item = plan.report?.checklist?.items.find(({ id }) => id === "rehearsed");
    assert.equal(item?.state, "yes", plan.said);
    const { code, steps, said } = await type(site, "upgrade");
    assert.equal(code, 0, said);
    assert.ok(!steps.includes("rehearse"), said);
    assert.equal(await site.state(), "cccc3: apples bananas cherries");
  });

  await t.step(
    "must not rehearse on a dump that was adopted, though it is the newest",
    async () => {
      const dump = (...args: string[]) =>
        output(["docker", "exec", site.server, "pg_dump", "-U", "postgres", ...args, "shop"]);
      const seed = [await dump("-s"), await dump("-a", "-t", "alembic_version")].join("\n");
      await Deno.writeTextFile(join(site.stack.folder, "seed.sql"), seed);
      await site.ask("insert into bananas select generate_series(1, 100)");
      const adopted = await type(site, "adopt", "seed.sql");
      assert.equal(adopted.code, 0, adopted.said);
      const plan = await type(site, "rehearse", "--dry-run");
      assert.equal(plan.code, 0, plan.said);
      assert.match(plan.said, /"name":\s*null/, "neither the seed nor what had no rows then");
    },
  );

  await t.step(
    "must refuse what the rehearsal finds, and take it where it is allowed",
    async () => {
      await writeRevision(site.project, {
        id: "dddd4",
        down: "cccc3",
        upgrade: ["op.drop_table('bananas')"],
        downgrade: ["op.create_table('bananas', sa.Column('id', sa.Integer, primary_key=True))"],
      });
      const refused = await type(site, "upgrade", "--yes");
      assert.deepEqual([refused.code, refused.error?.code], [4, "rehearsal-failed"], refused.said);
      assert.match(refused.error!.message, /data-lost/);
      assert.equal(await site.state(), "cccc3: apples bananas cherries");
      const dry = await type(site, "upgrade", "--dry-run");
      assert.deepEqual([dry.code, dry.report?.refused?.[0]?.code], [9, "rehearsal-failed"]);
      assert.match(dry.report!.refused![0]!.hint, /--allow data-lost/);
      const rules = ["data-lost", "downgrade-lossy", "dropped"];
      const allow = rules.flatMap((rule) => ["--allow", rule]);
      const accepted = await type(site, "upgrade", "--dry-run", ...allow);
      assert.deepEqual([accepted.code, accepted.report?.refused], [0, undefined], accepted.said);
      const allowed = await type(site, "upgrade", "--yes", ...allow);
      assert.equal(allowed.code, 0, allowed.said);
      assert.ok(!allowed.steps.includes("rehearse"), allowed.said);
      assert.equal(await site.state(), "dddd4: apples cherries");
    },
  );

  await t.step("must end with 9 and the way back where the app is not well after it", async () => {
    await writeRevision(site.project, { ...table("eeee5", "dddd4", "elderberries") });
    await Deno.writeTextFile(
      join(site.stack.folder, "oakum.yaml"),
      "upgrade: { health: [http://127.0.0.1:9/health] }\nguard: none\n",
    );
    const { code, report, said } = await type(site, "upgrade", "--yes");
    assert.equal(code, 9, said);
    assert.equal(report?.health?.ok, false);
    assert.equal(await site.state(), "eeee5: apples cherries elderberries");
  });
});
