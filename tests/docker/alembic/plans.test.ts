import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import type { ImageName } from "../../../docker/catalogue.ts";
import { ensureEngine } from "../../../docker/engine.ts";
import { ensureImages } from "../../../docker/images.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { Engine } from "../../../src/docker/engine.ts";
import { runCommand } from "../../../src/docker/run.ts";
import { downgradeSteps, upgradeSteps } from "../../../src/migrators/alembic/resolve.ts";
import { type Situation, situation } from "../../unit/alembic/histories.ts";
import { startContainer } from "../container.ts";

const program = await Deno.readTextFile(new URL("./plans.py", import.meta.url));
const HISTORIES = 200;
const SEED = Number(Deno.env.get("OAKUM_TEST_SEED")) || 20261122;

const answers = z.array(z.array(z.union([
  z.object({ ids: z.array(z.string()) }),
  z.object({ error: z.string() }),
])));
type Answer = z.infer<typeof answers>[number][number];

interface Case {
  readonly verb: "upgrade" | "downgrade";
  readonly target: string;
  readonly heads: readonly string[];
}

/** Every form of target that Alembic takes. */
function casesOf({ graph, current, target }: Situation): readonly Case[] {
  const labels = graph.labels.flatMap((label) =>
    ["", "@head", "@heads", "@base", "@+1", "@-1", "@-2", `@${target}`].map((end) => label + end)
  );
  const targets = [
    ...["head", "heads", "base", "+1", "+2", "-1", "-2", target, target.slice(0, -1)],
    ...[`${target}+1`, `${target}-1`, `${target}-2`, "nothing", ...labels],
  ];
  return (["upgrade", "downgrade"] as const).flatMap((verb) =>
    targets.map((target) => ({ verb, target, heads: current }))
  );
}

async function askAlembic(image: ImageName, situations: readonly Situation[]) {
  const { [image]: tag } = await ensureImages([image]);
  await using container = await startContainer(tag, [], ["sleep", "infinity"]);
  const input = situations.map((one) => ({
    revisions: one.graph.revisions.map(({ id, down, dependsOn, labels }) => (
      { id, down, depends_on: dependsOn, labels }
    )),
    cases: casesOf(one),
  }));
  const host = { engine: await Engine.connect(Deno.env.toObject()), id: container.name };
  const cmd = ["/srv/venv/bin/python", "-c", program];
  const result = await runCommand(host, { cmd, input: JSON.stringify(input) });
  assert.equal(result.code, 0, result.stderr);
  return answers.parse(JSON.parse(result.stdout));
}

function oakums(
  { graph }: Situation,
  { verb, target, heads }: Case,
): readonly string[] | OakumError {
  try {
    const resolve = verb === "upgrade" ? upgradeSteps : downgradeSteps;
    return resolve(graph, target, heads).map((step) => step.revision.id);
  } catch (error) {
    if (error instanceof OakumError) return error;
    throw error;
  }
}

/** Where oakum differs on purpose. */
function isMeant(ours: readonly string[] | OakumError, alembics: Answer, one: Case): boolean {
  const { verb, target, heads } = one;
  if ("error" in alembics) {
    // Alembic fails where there is nothing to do, and where one head of a branch implies another.
    const overlap = alembics.error.includes("overlaps with other requested revisions");
    return !(ours instanceof OakumError) && (ours.length === 0 || overlap);
  }
  if (!(ours instanceof OakumError) || verb !== "downgrade") return false;
  // Alembic goes by the order in which the branches were applied, or passes over the label.
  return (target.startsWith("-") && heads.length > 1) ||
    (target.includes("@") && ["not-on-branch", "several-heads"].includes(ours.code));
}

for (const image of ["app", "app-oldest"] as const) {
  Deno.test(`steps are what Alembic itself would run (${image})`, async () => {
    await ensureEngine();
    const situations = fc.sample(situation, { seed: SEED, numRuns: HISTORIES });
    const asked = await askAlembic(image, situations);
    let compared = 0;
    for (const [at, one] of situations.entries()) {
      for (const [index, target] of casesOf(one).entries()) {
        const alembics = asked[at]?.[index];
        assert.ok(alembics);
        const ours = oakums(one, target);
        if (isMeant(ours, alembics, target)) continue;
        const context = `seed ${SEED}: ${JSON.stringify({ ...target, history: storyOf(one) })}`;
        assert.deepEqual(inAnyOrder(ours), inAnyOrder(alembics), context);
        compared++;
      }
    }
    assert.ok(compared > 1000, `only ${compared} plans were compared`);
  });
}

/** Both may run unrelated branches in either order; each order is proved valid elsewhere. */
function inAnyOrder(plan: readonly string[] | OakumError | Answer): readonly string[] | "refused" {
  if (plan instanceof OakumError || "error" in plan) return "refused";
  return ("ids" in plan ? plan.ids : plan).toSorted();
}

function storyOf({ graph }: Situation): readonly string[] {
  return graph.revisions.map(({ id, down, dependsOn, labels }) =>
    `${id} after ${down.join()} needs ${dependsOn.join()} is ${labels.join()}`
  );
}
