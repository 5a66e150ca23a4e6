/**
 * A process to be killed: holds a snapshot and a pg_dump that nobody reads, says "ready" and stays.
 * `deno run -A tests/docker/hold_snapshot.ts ACCESS-AS-JSON DATABASE RUN-ID`
 */
import { Engine } from "../../src/docker/engine.ts";
import { dumpDatabase } from "../../src/postgres/dump.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";

const [access = "", database = "", runId = ""] = Deno.args;
const engine = await Engine.connect(Deno.env.toObject());
const session = await ServerSession.open(engine, JSON.parse(access), runId);
const snapshot = await Snapshot.take(await session.login(database));
const format = { format: "custom", compression: "none" } as const;
const sink = () => {
  console.log("ready");
  return new Promise<void>(() => {});
};
const what = { database, snapshot, format };
setInterval(() => {}, 60_000); // Nothing else keeps the process.
await dumpDatabase(session, what, sink, () => {}, new AbortController().signal);
