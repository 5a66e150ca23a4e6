import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { output } from "../../docker/command.ts";
import { ensureCompose } from "../../docker/compose.ts";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { OakumError } from "../../src/core/errors.ts";
import { OneOff } from "../../src/targets/oneoff.ts";
import { findTarget, MIGRATIONS, searcher, wish } from "./stack.ts";

await ensureEngine();
await ensureCompose();

/** A folder with a compose file, and `docker compose` in it; what it started goes with it. */
async function composeFolder(yaml: string) {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "oakum-compose-" }));
  const project = `oakum-test-${randomBytes(4).toString("hex")}`;
  const folder = `${parent}/${project}`;
  await Deno.mkdir(`${folder}/src`, { recursive: true });
  await Deno.writeTextFile(`${folder}/compose.yaml`, yaml);
  const compose = (...args: string[]) => output(["docker", "compose", ...args], { cwd: folder });
  return {
    project,
    folder,
    compose,
    [Symbol.asyncDispose]: async () => {
      await compose("down", "--volumes", "--timeout", "0", "--rmi", "local");
      await Deno.remove(parent, { recursive: true });
    },
  };
}

const HEALTH = `
    healthcheck:
      test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"]
      interval: 1s
      retries: 60`;

const refused = (code: string, hint: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OakumError, String(error));
  assert.deepEqual([error.code, error.outcome], [code, "notFound"], error.message);
  assert.match(error.hint ?? "", hint);
  return true;
};

Deno.test("each of two real stacks is found from its folder, and not when it is down", async () => {
  const { postgres17, app } = await ensureImages(["postgres17", "app"]);
  await using shop = await composeFolder(`
services:
  db:
    image: ${postgres17}
    environment: { POSTGRES_PASSWORD: secret, POSTGRES_DB: shop, POSTGRES_INITDB_ARGS: --no-sync }
    command: ["postgres", "-c", "fsync=off"]${HEALTH}
  web:
    build: { context: ., dockerfile_inline: "FROM ${app}" }
    volumes: ["${MIGRATIONS}:/srv/app:ro"]
    environment: { DATABASE_URL: "postgresql+psycopg://postgres:secret@db/shop" }
    scale: 2
  worker:
    build: { context: ., dockerfile_inline: "FROM ${app}" }
    volumes: ["${MIGRATIONS}:/srv/app:ro"]
    environment: { DATABASE_URL: "postgresql+psycopg://postgres:secret@db/shop" }
`);
  await using blog = await composeFolder(`
services:
  db:
    image: ${postgres17}
    container_name: oakum-test-blog-${randomBytes(4).toString("hex")}
    environment: { POSTGRES_PASSWORD: secret, POSTGRES_DB: blog, POSTGRES_INITDB_ARGS: --no-sync }
    command: ["postgres", "-c", "fsync=off"]${HEALTH}
`);
  const from = async (directory: string, needsApp = true) =>
    await findTarget(await searcher(), await wish(directory, {}, { needsApp }));

  await assert.rejects(from(shop.folder), refused("stack-not-running", /docker compose .*up -d/));
  await shop.compose("up", "--detach", "--wait", "--quiet-pull");
  await blog.compose("up", "--detach", "--wait");
  await shop.compose("run", "--detach", "--name", `${shop.project}-extra`, "web", "sleep", "60");

  const target = await from(`${shop.folder}/src`);
  assert.deepEqual([target.stack.project, target.stack.workingDir], [shop.project, shop.folder]);
  assert.equal(target.database.server.container.Name, `/${shop.project}-db-1`);
  assert.deepEqual([target.app?.service, target.database.name], ["web", "shop"]);
  assert.deepEqual(target.app?.sameAs, [`${shop.project}-web-2`, "worker"], "run is no replica");

  const other = await from(blog.folder, false);
  assert.equal(other.database.name, "blog");
  assert.match(other.database.server.container.Name, /^\/oakum-test-blog-/);
  const named = await findTarget(
    await searcher(),
    await wish(blog.folder, { project: shop.project }),
  );
  assert.equal(named.stack.project, shop.project);

  await output(["docker", "rm", "--force", `${shop.project}-extra`]);
  await shop.compose("stop", "--timeout", "0", "web", "worker");
  const stopped = await from(shop.folder);
  assert.deepEqual([stopped.app?.service, stopped.app?.running], ["web", false]);
  {
    // An image that Compose built names the service; a one-off container must not be taken for it.
    const { engine, runId } = await searcher();
    await using oneOff = await OneOff.start(engine, stopped.app!.container, runId);
    await shop.compose("up", "--detach", "--remove-orphans", "--no-build");
    assert.equal((await engine.container(oneOff.id))?.State.Running, true);
    assert.doesNotMatch(await shop.compose("ps", "--all"), new RegExp(`oakum-${runId}`));
  }
  await shop.compose("down", "--volumes", "--timeout", "0");
  await assert.rejects(from(shop.folder), refused("stack-not-running", /docker compose .*up -d/));
});
