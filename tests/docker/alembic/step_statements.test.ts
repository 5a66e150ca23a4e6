import assert from "node:assert/strict";
import { resultOf } from "./program.ts";
import { ADDED, addRevision, FIRST, scene } from "./step_scene.ts";

Deno.test("a statement is told on one line, without comments before it, and cut with a sign", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  const checks = Array.from({ length: 40 }, (_, n) => `check (year <> ${n})`).join(", ");
  await addRevision(at.app, [
    `op.execute("""-- why\\n  create table years (\\n year int, ${checks})""")`,
    `op.execute("update paintings set title = 'a' where title = '${"x".repeat(300)}'")`,
  ]);
  const ended = await at.step(ADDED);
  assert.deepEqual(resultOf(ended)["heads"], ["extra01"]);
  const told = ended.lines.flatMap((line) => line.event === "statement" ? [line.sql] : []);
  assert.ok(told.includes(`create table years ( year int, ${checks})`));
  const cut = told.find((sql) => sql.startsWith("update paintings"));
  assert.ok(cut?.endsWith("xx …"), cut);
  assert.equal(cut?.length, 200);
});
