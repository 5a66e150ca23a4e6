import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { listTarget } from "../../src/backups/list.ts";
import { newRunId } from "../../src/core/run.ts";
import { Engine } from "../../src/docker/engine.ts";
import { backUp } from "../../src/operations/backup.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { contextOf } from "./restore_support.ts";
import { poll, psql, TestStack } from "./stack.ts";
import { untilReady } from "./ready.ts";

/** What a PostgreSQL that was configured without zstd says, and before it does anything. */
const DOCKERFILE = (base: string) =>
  `FROM ${base}
RUN { echo '#!/bin/sh'; \\
  echo 'for word in "$@"; do case "$word" in --compress=zstd*)'; \\
  echo 'echo "pg_dump: error: this build does not support compression with zstd" >&2; exit 1;;'; \\
  echo 'esac; done'; \\
  echo 'exec /usr/lib/postgresql/17/bin/pg_dump "$@"'; } > /usr/local/bin/pg_dump; \\
  chmod 755 /usr/local/bin/pg_dump
`;

Deno.test("a backup by a pg_dump without zstd says in its manifest how it was compressed", async () => {
  await using stack = await TestStack.create();
  const tag = `${stack.project}:no-zstd` as const;
  const { postgres17 } = await ensureImages(["postgres17"]);
  await Deno.writeTextFile(`${stack.folder}/Dockerfile`, DOCKERFILE(postgres17));
  await output(["docker", "build", "--quiet", "--tag", tag, stack.folder]);
  try {
    const name = await serve(stack, tag);
    await assertGzip(name, `${stack.folder}/backups`);
  } finally {
    await stack.remove();
    await run(["docker", "rmi", "--force", tag]);
  }
});

async function serve(stack: TestStack, tag: `${string}:${string}`): Promise<string> {
  const options = ["--env", "POSTGRES_HOST_AUTH_METHOD=trust"];
  const name = await stack.add("db", tag, { options });
  await poll(name, ["docker", "exec", name, ...untilReady()]);
  await psql(name, "postgres", "create table a as select generate_series(1, 100) n");
  return name;
}

async function assertGzip(name: string, dir: string): Promise<void> {
  const engine = await Engine.connect(Deno.env.toObject());
  const container = (await engine.container(name))!;
  const credentials = { user: "postgres", password: undefined, from: "the test" };
  const access = { container, port: 5432, socketFolder: undefined, credentials };
  await using session = await ServerSession.open(engine, access, newRunId());
  const target = { project: "shop", service: "db", database: "postgres" };
  const report = await backUp(contextOf({ engine }), session, "postgres", {
    ...{ dir, target, format: "custom", verify: "read", reason: null, accept: false },
  });
  assert.equal(report.manifest.dump.compression, "gzip:1");
  assert.match(report.warnings.join(), /lacks zstd:1: the dump is written with gzip:1/);
  const [listed] = (await listTarget(dir, target)).backups;
  assert.ok(listed?.state === "good");
  const path = `${listed.folder}/${listed.manifest.dump.file}`;
  await output(["docker", "cp", path, `${name}:/tmp/dump`]);
  const toc = await output(["docker", "exec", name, "pg_restore", "--list", "/tmp/dump"]);
  assert.match(toc, /Compression: gzip/);
}
