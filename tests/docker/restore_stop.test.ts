import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { OakumError } from "../../src/core/errors.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { listMarked } from "../../src/postgres/marks.ts";
import { untilServes } from "./container.ts";
import { BackupFolder, contextOf, makeShop } from "./restore_support.ts";
import { startServer } from "./server_fixture.ts";

Deno.test("restore() on a server that is stopped in the load leaves the live database whole", async () => {
  await using server = await startServer();
  await makeShop(server, "shop");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("shop");
  const name = server.access.container.Name.slice(1);
  const context = contextOf(server, {
    onEvent: (event) => {
      if (event.type !== "step" || event.step !== "load") return;
      new Deno.Command("docker", { args: ["stop", name] }).outputSync();
    },
  });

  const error = await folder.restore(backup, { context }).then(() => undefined, (error) => error);

  assert.ok(error instanceof OakumError, error?.stack);
  assert.equal(error.outcome, "unchanged", error.message);
  const warnings = context.events.filter(({ type }) => type === "warning");
  assert.match(JSON.stringify(warnings), /shop__restore_\w+.*could not be dropped/);
  await output(["docker", "start", name]);
  const container = {
    name,
    exec: (...argv: string[]) => output(["docker", "exec", name, ...argv]),
    succeeds: (...argv: string[]) =>
      output(["docker", "exec", name, ...argv]).then(() => true, () => false),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await untilServes(container);
  assert.equal(await server.psql("shop", "select count(*) from bids"), "5000");
  await using session = await server.session();
  const marked = await inMaintenance(session, (sql) => listMarked(sql));
  assert.deepEqual(marked.map(({ mark }) => [mark?.purpose, mark?.of, mark?.run]), [
    ["restore", "shop", context.runId],
  ]);
});
