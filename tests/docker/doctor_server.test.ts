import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { diagnose } from "./doctor/diagnosis.ts";
import { poll, TestStack } from "./stack.ts";
import { untilReady } from "./ready.ts";

Deno.test("doctor finds an image without pg_dump, a full disk, and a server nobody can dial", async () => {
  await using shop = await TestStack.create();
  const { postgres17 } = await ensureImages(["postgres17"]);
  const tag = `${shop.project}-bare:latest` as const;
  const remove = "rm -f $(command -v pg_dump) /usr/lib/postgresql/*/bin/pg_dump";
  await Deno.writeTextFile(`${shop.folder}/Dockerfile`, `FROM ${postgres17}\nRUN ${remove}\n`);
  await output(["docker", "build", "--quiet", "--tag", tag, shop.folder]);
  try {
    const db = await shop.add("db", tag, {
      options: [
        ...["--env", "POSTGRES_PASSWORD=the-s3cret", "--env", "POSTGRES_INITDB_ARGS=--no-sync"],
        ...["--tmpfs", "/var/lib/postgresql/data:size=100m"],
      ],
      command: ["postgres", "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"],
    });
    await poll(db, ["docker", "exec", db, ...untilReady()]);
    await shop.add("web", "app", {
      options: ["--env", "DATABASE_URL=postgresql://postgres:the-s3cret@db/postgres"],
      start: false,
    });
    const { code, named } = await diagnose(shop);
    assert.equal(code, 9);
    for (const name of ["pg-dump", "server-disk", "not-listening"]) {
      assert.deepEqual(named(name).map(({ level }) => level), ["trouble"], name);
    }
    assert.match(named("pg-dump")[0]?.text ?? "", /-bare:latest" has no working pg_dump/);
    assert.match(named("server-disk")[0]?.text ?? "", /nearly full: \S+ has .* free at \/var\/lib/);
  } finally {
    await shop.remove();
    await run(["docker", "rmi", tag]);
  }
});
