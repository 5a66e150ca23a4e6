import assert from "node:assert/strict";
import { ensureImages } from "../../docker/images.ts";
import { Engine } from "../../src/docker/engine.ts";
import { checkSocket, resolveInside } from "../../src/operations/doctor/inside.ts";
import { lookAtConfig } from "../../src/targets/environment.ts";
import type { Service } from "../../src/targets/services.ts";
import { addressesIn } from "../../src/targets/variables.ts";
import { startContainer } from "./container.ts";

const { signal } = new AbortController();

Deno.test("an app without a shell and getent is not looked into, and no trouble by that", async () => {
  const { app } = await ensureImages(["app"]);
  await using bare = await startContainer(app, ["--user", "root"], ["sleep", "600"]);
  const engine = await Engine.connect(Deno.env.toObject());
  const container = await engine.container(bare.name);
  assert.ok(container);
  const service: Service = {
    ...{ name: "web", container, members: [], running: true, labelledApp: false, sightings: [] },
    ...{ look: { ...lookAtConfig(container, "a test"), user: undefined }, routes: [] },
  };
  const [address] = addressesIn({ DATABASE_URL: "postgresql://u@/shop?host=/sockets" });
  const route = { address: address!, server: container, databases: [], pooler: undefined };
  const found = () =>
    checkSocket(engine, service, { ...route, how: "", problem: undefined }, signal);

  assert.equal(await resolveInside(engine, service, "localhost.invalid", signal), undefined);
  const [closed] = await found();
  assert.equal(closed?.level, "trouble");
  assert.match(closed?.text ?? "", /its user may not use \/sockets/);

  await bare.exec("sh", "-c", 'rm "$(command -v getent)" && mkdir /sockets && rm /bin/sh');
  const asked = resolveInside(engine, service, "db.example.com", signal);
  await assert.rejects(asked, { code: "resolver-unasked", message: /"db\.example\.com".*getent/ });
  const [check] = await found();
  assert.deepEqual([check?.name, check?.level], ["socket", "not-checked"]);
});
