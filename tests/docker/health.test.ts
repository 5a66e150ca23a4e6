import assert from "node:assert/strict";
import { ensureImages } from "../../docker/images.ts";
import { output } from "../../docker/command.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { Engine } from "../../src/docker/engine.ts";
import type { Context } from "../../src/operations/context.ts";
import { checkHealth, type HealthWish } from "../../src/operations/migrate/guarded/health.ts";
import type { Health } from "../../src/reports/health.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { startContainer } from "./container.ts";
import { server } from "./fixtures.ts";
import { settles } from "./polling.ts";

const { app: image } = await ensureImages(["app"]);
const { engine } = await server("postgres17");

function look(given: Partial<HealthWish>, beside: Partial<Context> = {}): Promise<Health> {
  const no = () => Promise.reject(new Error("not asked"));
  const context = {
    ...{ engine, clock: systemClock, runId: newRunId(), emit: () => {} },
    ...{ signal: new AbortController().signal, ask: { confirm: no, typeName: no, choose: no } },
    ...beside,
  };
  const container = { id: "none", name: "web", running: false };
  const since = new Date(Date.now() - 60_000);
  return checkHealth(context, { container, addresses: [], since, patienceMs: 1, ...given });
}

/** What each check said. */
function said({ checks }: Health): string[] {
  return checks.map(({ name, ok, text }) => `${ok ? "well" : "ill"}: ${name} ${text}`);
}

for (const [what, wanted] of [["json", /^interrupted$/], ["logs", /^well: web runs/]] as const) {
  Deno.test(`Ctrl-C must end a look at a container where Docker hangs at its ${what}`, async () => {
    await using started = await startContainer(image, [], ["sleep", "infinity"]);
    await using proxy = await FaultProxy.start();
    const silent = await Engine.connect(proxy.environment);
    const met = proxy.silence(new RegExp(`/containers/${started.name}/${what}`));
    const container = { id: started.name, name: "web", running: true };
    const over = new AbortController();
    const looked = look({ container }, { engine: silent, signal: over.signal })
      .then((health) => said(health).join(), (reason) => reason);
    await met;
    over.abort("interrupted");
    assert.match(await looked, wanted);
  });
}

Deno.test("an address must count by its answer, and be shown without its secrets", async () => {
  let status = 200;
  await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response("", { status });
  });
  const at = `127.0.0.1:${web.addr.port}`;
  const address = `http://ada:s3cret@${at}/health?key=s3cret`;
  assert.deepEqual(said(await look({ addresses: [address] })), [
    `well: http://${at}/health answers 200`,
  ]);
  status = 503;
  const ill = await look({ addresses: [address] });
  assert.deepEqual([ill.ok, said(ill)], [false, [`ill: http://${at}/health answers 503`]]);
  await web.shutdown();
  const gone = await look({ addresses: [address] });
  assert.equal(gone.ok, false);
  assert.match(said(gone).join(), /\/health does not answer: Connection refused/);
  assert.doesNotMatch(JSON.stringify(gone), /s3cret/);
});

Deno.test("an address that is only slow to come must be waited for", async () => {
  let asked = 0;
  await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response("", { status: ++asked > 2 ? 200 : 500 });
  });
  const addresses = [`http://127.0.0.1:${web.addr.port}/`];
  assert.equal((await look({ addresses, patienceMs: 60_000 })).ok, true);
  assert.equal(asked, 3);
});

Deno.test("a container must count by its health check, and its errors must be shown", async () => {
  const check = ["--health-cmd", "test -e /tmp/well", "--health-interval", "1s"];
  const script = "echo 'ERROR no such column' >&2; echo fine; exec sleep infinity";
  await using started = await startContainer(image, [...check, "--health-retries", "1"], [
    "sh",
    "-c",
    script,
  ]);
  const container = { id: started.name, name: "web", running: true };
  const status = () =>
    output(["docker", "inspect", "-f", "{{.State.Health.Status}}", started.name]);
  await settles(async () => assert.equal(await status(), "unhealthy"));
  const ill = await look({ container });
  assert.deepEqual(said(ill), ["ill: web runs, but its health check says: unhealthy"]);
  assert.deepEqual(ill.errors, ["ERROR no such column"]);

  await output(["docker", "exec", started.name, "touch", "/tmp/well"]);
  assert.deepEqual(said(await look({ container, patienceMs: 60_000 })), [
    "well: web runs and is healthy",
  ]);
  const later = await look({ container, since: new Date(Date.now() + 60_000) });
  assert.deepEqual(later.errors, []);

  await output(["docker", "kill", started.name]);
  assert.match(said(await look({ container })).join(), /ill: web (has ended with code|is gone)/);
});
