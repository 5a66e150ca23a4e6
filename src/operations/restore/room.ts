import type { CommandHost } from "../../docker/run.ts";
import type { Queryable } from "../../postgres/connection.ts";
import type { ServerSession } from "../../postgres/session.ts";
import {
  copyDemands,
  type Demand,
  findFolders,
  judgeRoom,
  measureRoom,
  roomText,
  type RoomVerdict,
  type ServerFolders,
} from "../../postgres/space.ts";
import type { Found } from "./findings.ts";
import { refused } from "./server_state.ts";

/** The room on the server's disks. */
export interface ServerRoom {
  readonly verdicts: readonly RoomVerdict[];
  /** Undefined where nobody may know, or `df` is missing. */
  readonly folders: ServerFolders | undefined;
  readonly findings: readonly Found[];
}

/** How much a restore writes. */
export interface Writes {
  readonly databaseBytes: number;
  /** A copy of the dump in the sidecar, which may be on the same disk; 0 where none is made. */
  readonly copiedBytes: number;
  readonly tablespace: string;
}

/** The container of the server, in which alone its volumes are seen. */
export function serverHost(session: ServerSession): CommandHost {
  return { engine: session.sidecar.engine, id: session.server.container.Id };
}

/** Measures the server's disks, and refuses where a copy does not fit beside the live database. */
export async function findRoom(
  session: ServerSession,
  sql: Queryable,
  writes: Writes,
): Promise<ServerRoom> {
  const folders = await findFolders(sql, session.server, writes.tablespace);
  const measured = folders &&
    await measureRoom(serverHost(session), [folders.data, folders.wal]).catch(() => undefined);
  const [data, wal] = measured ?? [];
  if (!folders || !data || !wal) return { verdicts: [], folders: undefined, findings: [UNKNOWN] };
  const demands = copyDemands(folders, [data, wal], writes.databaseBytes);
  const verdicts = judgeRoom([...demands, ...await sidecarDemand(session, writes)]);
  const short = verdicts.filter(({ enough }) => !enough);
  if (short.length === 0) return { verdicts, folders, findings: [] };
  throw refused("server-disk", short.map(roomText).join(" "), {
    hint: "A full disk would take the live server down with it. Free some space there, then try " +
      "again.",
    data: { room: verdicts },
  });
}

async function sidecarDemand(session: ServerSession, { copiedBytes }: Writes): Promise<Demand[]> {
  // Where tools must not fork the dump is streamed, not copied.
  if (!session.toolsMayFork || copiedBytes === 0) return [];
  const [system] = await measureRoom(session.sidecar, ["/tmp"]).catch(() => undefined) ?? [];
  return system ? [{ system, bytes: copiedBytes }] : [];
}

const UNKNOWN: Found = {
  rule: "space-unknown",
  text: "The free space on the server's disks cannot be found out.",
  hint: "A restore that fills them takes the live server down.",
};
