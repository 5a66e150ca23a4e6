import assert from "node:assert/strict";
import { listTarget } from "../../src/backups/list.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { backUp } from "../../src/operations/backup.ts";
import { newestThatFits } from "../../src/operations/rehearse/data.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { server } from "./fixtures.ts";

const HOUR_MS = 60 * 60_000;

Deno.test("only a backup of the last day and of the schema of now must be rehearsed on", async () => {
  const { engine, access, createDatabase } = await server("postgres17");
  await using database = await createDatabase();
  await database.sql`create table apples (id int)`;
  const dir = await Deno.makeTempDir({ prefix: "oakum-data-" });
  try {
    const runId = newRunId();
    const { signal } = new AbortController();
    const no = () => Promise.reject(new Error("not asked"));
    const ask = { confirm: no, typeName: no, choose: no };
    const context = { engine, clock: systemClock, runId, signal, ask, emit: () => {} };
    await using session = await ServerSession.open(engine, access, runId);
    const target = { project: "shop", service: "db", database: database.name };
    const request = { dir, target, format: "custom", verify: "none", reason: null } as const;
    const { manifest } = await backUp(context, session, database.name, {
      ...request,
      accept: false,
    });
    const all = { superuser: true, createDatabase: true, createRole: true, readPasswords: true };
    const rights = {
      user: "postgres",
      ...all,
      endSessions: true,
      ownsDatabase: true,
      rename: true,
    };
    const place = { service: "db", project: undefined, server: access, inRecovery: false };
    const real = { session, database: { ...place, name: database.name, rights } };
    const after = async (hours: number) => {
      const now = new Date(Date.parse(manifest.takenAt) + hours * HOUR_MS);
      return (await newestThatFits(real, await listTarget(dir, target), now))?.id;
    };
    assert.deepEqual([await after(23), await after(25)], [manifest.id, undefined]);
    await database.sql`create table bananas (id int)`;
    assert.equal(await after(1), undefined);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
