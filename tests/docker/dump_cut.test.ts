import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { newRunId } from "../../src/core/run.ts";
import { Engine } from "../../src/docker/engine.ts";
import { dumpDatabase, type DumpFormat } from "../../src/postgres/dump.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";
import { TRAILER_BYTES } from "../../src/postgres/tools.ts";
import type { Position } from "../faults/meter.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { server, type TestDatabase } from "./fixtures.ts";

const CUSTOM: DumpFormat = { format: "custom", compression: "none" };

/** Everything that a dump needs, up to the call itself. */
async function prepare(session: ServerSession, database: TestDatabase, format = CUSTOM) {
  const snapshot = await Snapshot.take(session.sql(database.name));
  return {
    snapshot,
    what: { database: database.name, snapshot, format },
  };
}

async function fill(database: TestDatabase): Promise<void> {
  await database.sql`create table noise as
    select n, sha512(n::text::bytea) as bytes from generate_series(1, 300) n`;
}

/** A generator of the same numbers for the same seed (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("dumpDatabase() takes no stream for a dump that was cut, at whatever byte", async () => {
  const { access, createDatabase } = await server("postgres17");
  await using database = await createDatabase();
  await fill(database);
  await using proxy = await FaultProxy.start();
  const engine = await Engine.connect(proxy.environment);
  await using session = await ServerSession.open(engine, access, newRunId());
  const { snapshot, what } = await prepare(session, database);
  await using _snapshot = snapshot;

  const dumpWith = async (at: Position) => {
    proxy.arm({ command: /"pg_dump"/, at, then: "end", exitCode: 0 });
    let bytes = 0;
    const sink = (data: Uint8Array) => Promise.resolve(void (bytes += data.length));
    await dumpDatabase(session, what, sink, () => {}, AbortSignal.timeout(60_000));
    return bytes;
  };
  // A position that is never reached only measures.
  const whole = await dumpWith({ bytes: Infinity });
  const { frames, stdout } = proxy.last;
  assert.equal(stdout, whole + TRAILER_BYTES);
  assert.ok(frames > 1);

  for (const at of positions(stdout, frames)) {
    const before = proxy.struck;
    const got = await dumpWith(at).catch((error) => error);
    // Which frame is which differs from run to run, as stdout and stderr race each other.
    if (proxy.struck === before || got === whole) assert.ok(!("stdout" in at));
    else assert.equal(codeOf(got), "dump-cut", JSON.stringify(at));
  }
});

/** Every frame's border and the bytes around it, every byte of the trailer, and a random sample. */
function positions(stdout: number, frames: number): Position[] {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`Seed of the cut positions: ${seed}`);
  const next = random(seed);
  const counting = (n: number) => Array.from({ length: n }, (_, i) => i);
  return [
    ...counting(frames).map((border) => ({ border, offset: 0 })),
    ...counting(20).map(() => ({ border: 1 + Math.floor(next() * (frames - 1)), offset: -1 })),
    ...counting(20).map(() => ({ border: 1 + Math.floor(next() * (frames - 1)), offset: 1 })),
    ...counting(TRAILER_BYTES + 1).map((i) => ({ stdout: stdout - 1 - i })),
    ...counting(40).map(() => ({ stdout: Math.floor(next() * stdout) })),
  ];
}

function codeOf(thrown: unknown): string {
  return thrown instanceof OakumError ? thrown.code : String(thrown);
}
