import { OakumError } from "../../../core/errors.ts";
import { size } from "../../../core/sizes.ts";
import type { Sql } from "../../../postgres/connection.ts";
import type { ServerSession } from "../../../postgres/session.ts";
import { findFolders, judgeRoom, measureRoom, type RoomVerdict } from "../../../postgres/space.ts";
import type { MeasuredStep, RehearsalReport } from "../../../reports/rehearsal.ts";
import { serverHost } from "../../restore/room.ts";

/** What an upgrade will take, by what its rehearsal took. */
export interface Expected {
  /** Milliseconds in the steps. */
  readonly tookMs: number;
  /** Bytes of write-ahead log. */
  readonly walBytes: number;
  /** By how many bytes the database will have grown. */
  readonly grewBytes: number;
  /** The most that it will have grown meanwhile: a table that is rewritten is there twice. */
  readonly peakBytes: number;
}

/** Reckons with a database that has grown since the backup. */
export function expectedOf({ revisions, data }: RehearsalReport, bytesNow: number): Expected {
  const larger = data.bytes > 0 ? Math.max(1, bytesNow / data.bytes) : 1;
  const steps = revisions.flatMap(({ upgrade }) => upgrade ? [upgrade] : []);
  let [grown, peak] = [0, 0];
  for (const step of steps) {
    peak = Math.max(peak, grown + twice(step) + Math.max(0, step.grewBytes));
    grown += step.grewBytes;
  }
  const sum = (of: (step: MeasuredStep) => number) =>
    Math.round(steps.reduce((total, step) => total + of(step), 0) * larger);
  return {
    tookMs: sum(({ tookMs }) => tookMs),
    walBytes: sum(({ walBytes }) => walBytes),
    grewBytes: Math.round(grown * larger),
    peakBytes: Math.round(peak * larger),
  };
}

/** Until its transaction ends, what is rewritten is there in its old form too. */
function twice({ tables }: MeasuredStep): number {
  return tables.filter(({ rewritten }) => rewritten).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Judges the room on the server's disks; undefined where nobody may know it. */
export async function judgeExpected(
  session: ServerSession,
  sql: Sql,
  { peakBytes, walBytes }: Expected,
): Promise<readonly RoomVerdict[] | undefined> {
  const [own] = await sql<{ tablespace: string }[]>`
    select spcname as tablespace from pg_tablespace t join pg_database d on d.dattablespace = t.oid
    where d.datname = current_database()`;
  const folders = own && await findFolders(sql, session.server, own.tablespace);
  const measured = folders &&
    await measureRoom(serverHost(session), [folders.data, folders.wal]).catch(() => undefined);
  const [data, wal] = measured ?? [];
  if (!folders || !data || !wal) return undefined;
  return judgeRoom([
    { system: data, bytes: peakBytes },
    { system: wal, bytes: Math.min(folders.maxWal, walBytes) },
  ]);
}

/** The error where the upgrade would fill a disk. */
export function whyNoRoom(verdicts: readonly RoomVerdict[]): OakumError | undefined {
  const short = verdicts.filter(({ enough }) => !enough);
  if (short.length === 0) return undefined;
  return new OakumError("server-disk", "refused", short.map(shortText).join(" "), {
    hint: "A full disk would take the server down. Free some space there, then try again.",
    data: { room: verdicts },
  });
}

function shortText(verdict: RoomVerdict): string {
  const { path, free } = verdict;
  return `The server has ${size(Math.max(0, free))} free at "${path}"; by its rehearsal the ` +
    `upgrade needs ${needText(verdict)} there.`;
}

/** `12 MB beside 1.1 GB that must stay free`. */
export function needText({ needed, reserve }: RoomVerdict): string {
  return `${size(needed - reserve)} beside the ${size(reserve)} that must stay free`;
}
