import type { DumpWriter } from "../../backups/write.ts";
import { both } from "../../core/both.ts";
import type { Sql } from "../../postgres/connection.ts";
import { dumpDatabase, dumpGlobals, type DumpOutcome } from "../../postgres/dump.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Snapshot } from "../../postgres/snapshot.ts";
import type { Context } from "../context.ts";
import { record, type Recorded } from "./record.ts";
import type { ServerFacts } from "./server_facts.ts";

/** What is dumped, from which instant, to where. */
export interface Dumping {
  readonly session: ServerSession;
  readonly sql: Sql;
  readonly database: string;
  readonly snapshot: Snapshot;
  readonly dump: DumpWriter;
}

/** What came of a dump that was written. */
export interface Written extends DumpOutcome {
  readonly recorded: Recorded;
}

/** Streams the dump to disk while a second session records what it must hold; both or neither. */
export async function writeDump(context: Context, dumping: Dumping): Promise<Written> {
  const { sql, snapshot } = dumping;
  const [recorded, streamed] = await both(
    context.signal,
    () => record(sql, snapshot),
    (stop) => streamDump(context, dumping, stop),
  );
  return { recorded, ...streamed };
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
  const what = { database, snapshotId: snapshot.id, format: { format, compression } };
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
export async function writeGlobals(
  context: Context,
  dumping: Pick<Dumping, "session" | "database" | "dump">,
  server: ServerFacts,
): Promise<string[]> {
  const { session, database, dump } = dumping;
  const parts: Uint8Array[] = [];
  const keep = (data: Uint8Array) => {
    parts.push(data.slice());
    return Promise.resolve();
  };
  await dumpGlobals(session, database, server.superuser, keep, context.signal);
  await dump.writeGlobals(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
  if (server.superuser) return [];
  return [
    `The roles' passwords are not in this backup: "${session.server.credentials.user}" is not a superuser.`,
  ];
}
