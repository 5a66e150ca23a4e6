import { messageOf, OakumError } from "../../core/errors.ts";
import { sleep } from "../../core/time.ts";
import type { MigrationDatabase } from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import { ServerSession } from "../../postgres/session.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import type { Context } from "../context.ts";
import type { Tried } from "./apply.ts";
import { type Picture, takePicture } from "./picture.ts";
import { requireEnded } from "./sessions.ts";

const PATIENCE_MS = 30_000;
/** Who has pressed Ctrl-C does not want to wait that long. */
const SHORT_PATIENCE_MS = 5_000;

/** A database, and the version table in it. */
export interface Sight {
  readonly database: DatabaseTarget;
  readonly table: MigrationDatabase["versionTable"];
}

/** What a look showed; without a picture, why there is none. */
export interface Look {
  readonly picture: Picture | undefined;
  readonly why: unknown;
}

/**
 * Looks where a database stands; a server that went away, or a lock, is waited for. Where nobody
 * could end the app's sessions after the move, that is made good first: one of them may be about to
 * commit what the picture would not show.
 */
export async function lookAgain(
  context: Context,
  sql: Sql,
  sight: Sight,
  { left }: Pick<Tried, "left">,
): Promise<Look> {
  try {
    if (left === undefined) await requireEnded(sql, context.runId);
    return { picture: await takePicture(sql, sight.table), why: undefined };
  } catch (lost) {
    return await lookAnew(context, sight, lost);
  }
}

async function lookAnew(context: Context, sight: Sight, lost: unknown): Promise<Look> {
  const { emit, signal } = context;
  const text = lost instanceof OakumError && ["table-locked", "sessions-left"].includes(lost.code)
    ? messageOf(lost)
    : "The connection to the database was lost; waiting for its server";
  emit({ type: "note", text });
  const began = performance.now();
  for (let why = lost;;) {
    const patience = signal.aborted ? SHORT_PATIENCE_MS : PATIENCE_MS;
    if (performance.now() - began > patience) return { picture: undefined, why };
    try {
      return { picture: await pictureAnew(context, sight), why: undefined };
    } catch (error) {
      why = error;
      await sleep(500);
    }
  }
}

/** Through another sidecar, since the first one is in a network that has ended with its server. */
async function pictureAnew(
  { engine, runId }: Context,
  { database, table }: Sight,
): Promise<Picture> {
  // Under a name of its own: the first one may still be there.
  await using session = await ServerSession.open(engine, database.server, `${runId}again`);
  const sql = session.sql(database.name, { max: 1 });
  await requireEnded(sql, runId);
  return await takePicture(sql, table);
}
