import type { DumpWriter } from "../../backups/write.ts";
import { both } from "../../core/both.ts";
import { dumpDatabase, dumpGlobals, type DumpOutcome } from "../../postgres/dump.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Snapshot } from "../../postgres/snapshot.ts";
import { whyLost } from "../../postgres/stream.ts";
import type { Context } from "../context.ts";
import { record, type Recorded } from "./record.ts";
import type { ServerFacts } from "./server_facts.ts";

/** What is dumped, from which instant, to where. */
export interface Dumping {
  readonly session: ServerSession;
  readonly database: string;
  readonly snapshot: Snapshot;
  readonly dump: DumpWriter;
}

/** What came of a dump that was written. */
export interface Written extends DumpOutcome {
  readonly recorded: Recorded;
  /** What is not in it. */
  readonly warnings: readonly string[];
}

/** Streams the dump to disk while a second session records what it must hold; both or neither. */
export async function writeDump(
  context: Context,
  dumping: Dumping,
  server: ServerFacts,
): Promise<Written> {
  const { session, database, snapshot } = dumping;
  const beside = async (stop: AbortSignal) => {
    const sql = session.sql(database, { max: 1 });
    try {
      const recorded = await record(sql, snapshot);
      return { recorded, warnings: await writeGlobals(dumping, server, stop) };
    } catch (error) {
      throw await whyLost(session, error, stop);
    } finally {
      await sql.end({ timeout: 5 });
    }
  };
  const [told, streamed] = await both(
    context.signal,
    beside,
    (stop) => streamDump(context, dumping, stop),
  );
  return { ...told, ...streamed };
}

async function streamDump(
  context: Context,
  dumping: Dumping,
  stop: AbortSignal,
): Promise<DumpOutcome> {
  const { session, database, snapshot, dump } = dumping;
  const { expectedBytes, format, compression } = dump.options;
  let done = 0;
  let item: string | undefined;
  const tell = () =>
    context.emit({
      type: "progress",
      step: "dump",
      bytes: dump.bytes,
      ...(expectedBytes === undefined ? {} : { expectedBytes }),
      done,
      total: snapshot.tables.length,
      unit: "tables",
      ...(item === undefined ? {} : { item }),
    });
  const what = { database, snapshot, format: { format, compression } };
  return await dumpDatabase(
    session,
    what,
    async (data) => {
      await dump.write(data);
      tell();
    },
    (table) => {
      if (item !== undefined) done++;
      item = table;
      tell();
    },
    stop,
  );
}

/** Writes roles and their settings beside the dump; answers with warnings. */
async function writeGlobals(
  { session, database, snapshot: { encoding }, dump }: Dumping,
  server: ServerFacts,
  signal: AbortSignal,
): Promise<string[]> {
  const parts: Uint8Array[] = [];
  const keep = (data: Uint8Array) => {
    parts.push(data.slice());
    return Promise.resolve();
  };
  const what = { database, encoding, withPasswords: server.superuser };
  await dumpGlobals(session, what, keep, signal);
  await dump.writeGlobals(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
  if (server.superuser) return [];
  return [
    `The roles' passwords are not in this backup: "${session.server.credentials.user}" is not a superuser.`,
  ];
}
