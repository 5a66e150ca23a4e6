import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { dumpDatabase } from "../../src/postgres/dump.ts";
import type { ServerSession } from "../../src/postgres/session.ts";
import type { Snapshot } from "../../src/postgres/snapshot.ts";
import { countRows, listTables } from "../../src/postgres/facts.ts";
import { inTransaction } from "../../src/postgres/held.ts";
import type { TestDatabase } from "./fixtures.ts";

/** Dumps a snapshot, restores the dump beside it with stock tools, and counts rows by table. */
export async function restoredRows(
  session: ServerSession,
  database: TestDatabase,
  snapshot: Snapshot,
): Promise<Record<string, number>> {
  const file = await Deno.makeTempFile();
  const container = session.server.container.Name.slice(1);
  const copy = `${database.name}_copy`;
  const inside = `/tmp/${copy}.dump`;
  try {
    const chunks: Uint8Array[] = [];
    const sink = (data: Uint8Array) => Promise.resolve(void chunks.push(data.slice()));
    const format = { format: "custom", compression: "none" } as const;
    const what = { database: database.name, snapshot, format };
    await dumpDatabase(session, what, sink, () => {}, AbortSignal.timeout(120_000));
    await Deno.writeFile(file, ReadableStream.from(chunks));
    await output(["docker", "cp", file, `${container}:${inside}`]);
    await postgres(container, "createdb", "-T", "template0", copy);
    await postgres(container, "pg_restore", "--exit-on-error", "-d", copy, inside);
    const sql = session.sql(copy, { max: 1 });
    const rows = await inTransaction(sql, async (held) => countRows(held, await listTables(held)));
    await sql.end();
    return Object.fromEntries(rows.map(({ schema, name, rows }) => [`${schema}.${name}`, rows]));
  } finally {
    await Deno.remove(file);
    await run(["docker", "exec", container, "rm", "-f", inside]);
    await run(["docker", "exec", container, "dropdb", "-U", "postgres", "--if-exists", copy]);
  }
}

async function postgres(container: string, tool: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run([
    "docker",
    "exec",
    container,
    tool,
    "-U",
    "postgres",
    ...args,
  ]);
  assert.equal(code, 0, stderr);
}
