import assert from "node:assert/strict";
import { output } from "../../../docker/command.ts";
import { ensureEngine } from "../../../docker/engine.ts";
import { ensureImages } from "../../../docker/images.ts";
import { findCommand, parseInterpreter } from "../../../src/migrators/alembic/interpreters.ts";
import { type Container, startContainer } from "../container.ts";

await ensureEngine();

async function find(container: Container, ...exec: string[]) {
  const argv = ["docker", "exec", ...exec, container.name, ...findCommand(["/hidden"])];
  const text = await output(argv);
  const path = parseInterpreter(text);
  return path === undefined ? undefined : { path, why: text.trimEnd().split("\t").at(-1) };
}

Deno.test("the interpreter of the running app is taken", async () => {
  const { app } = await ensureImages(["app"]);
  await using container = await startContainer(app, ["--user", "1000:1000"], [
    "/srv/venv/bin/python",
    "-c",
    "import time; time.sleep(1e6)",
  ]);
  for (const exec of [[], ["--user", "0"]]) {
    const found = await find(container, ...exec);
    assert.deepEqual([found?.path, found?.why], ["/srv/venv/bin/python", "process 1"]);
  }
});

Deno.test("processes of an exec are not taken for the app's", async () => {
  const { app } = await ensureImages(["app"]);
  await using container = await startContainer(app, ["--user", "1000"], ["sleep", "infinity"]);
  const other = ["--detach", "--user", "0", container.name, "/srv/venv/bin/python", "-c"];
  await output(["docker", "exec", ...other, "import time; time.sleep(1e6)"]);
  const found = await find(container, "--user", "0");
  assert.match(found?.why ?? "", /alembic$/);
});

Deno.test("an environment in a folder that was named is found", async () => {
  const { app } = await ensureImages(["app"]);
  await using container = await startContainer(app, [], ["sleep", "infinity"]);
  await container.exec("sh", "-c", "mkdir /hidden && mv /srv/venv /hidden/venv");
  const found = await find(container, "--env", "PATH=/usr/bin:/bin");
  assert.equal(found?.path, "/hidden/venv/bin/python3");
});

Deno.test("a container with busybox and no Python has none", async () => {
  const { "postgres17-alpine": image } = await ensureImages(["postgres17-alpine"]);
  await using container = await startContainer(image, ["--entrypoint", "sleep"], ["infinity"]);
  assert.equal(await find(container), undefined);
});
