import assert from "node:assert/strict";
import type { MigrationProject } from "../../../src/migrators/migrator.ts";
import { ownState } from "../../../src/operations/revisions/own_state.ts";
import { graphOf } from "../alembic/graphs.ts";

const project = { graph: graphOf([{ id: "s1" }, { id: "s2", down: ["s1"] }]) };
const found = (...revisions: string[]) => ({
  ...{ tool: "alembic" as const, table: { schema: "public", name: "alembic_version" } },
  revisions,
});
const at = (...heads: string[]) => ({
  databases: [{ heads } as unknown as MigrationProject["databases"][number]],
});

Deno.test("ownState() asks env.py where the version table is that of other scripts", async () => {
  const heads = async (revisions: string[], answer: ReturnType<typeof at> | string) =>
    (await ownState(project, found(...revisions), () => Promise.resolve(answer)))?.revisions;
  assert.deepEqual(await heads(["main9"], at("s1")), ["s1"], "another section's table");
  assert.deepEqual(await heads(["main9"], at()), [], "its own one is not made yet");
  assert.deepEqual(await heads(["main9"], at("main9")), ["main9"], "the file is really gone");
  assert.deepEqual(await heads(["main9"], "env.py failed"), ["main9"]);
});

Deno.test("ownState() asks nobody where the table is of these scripts, or there is none", async () => {
  const ask = () => Promise.reject(new Error("it was asked"));
  assert.deepEqual((await ownState(project, found("s2"), ask))?.revisions, ["s2"]);
  assert.equal(await ownState(project, null, ask), null);
});
