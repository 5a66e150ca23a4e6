import { messageOf, type OakumError } from "../../core/errors.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { MigrationDatabase, MigrationProject, Migrator } from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import type { Context } from "../context.ts";
import { explained, isLock } from "./failure.ts";
import { isSilent, readPatiently } from "./patience.ts";
import { readHeads, sameHeads } from "./picture.ts";
import { tableLocked } from "./table_holders.ts";
import { elsewhere, envFailed, otherDatabase } from "./trouble.ts";

/** A database with an open session to its server. */
export interface Reached {
  readonly session: ServerSession;
  readonly database: DatabaseTarget;
}

/** A database that cannot be reached, and why. */
export interface Unreachable {
  readonly unreachable: OakumError;
}

/** A project and where its databases are, as far as that can be found out. */
export interface Standing {
  readonly project: MigrationProject;
  /** One a database or tenant of env.py; empty where `trouble` says why. */
  readonly databases: readonly MigrationDatabase[];
  readonly trouble: OakumError | undefined;
}

/** Whoever only wants to look is answered without the database rather than late. */
const PATIENCE_MS = 20_000;

/** Reads the project, and where the database is; that it cannot be reached is no error here. */
export async function readStanding(
  context: Context,
  place: Reached | Unreachable,
  migrator: Migrator,
  app: string,
): Promise<Standing> {
  const doing = `Reading the revisions of ${app}`;
  context.emit({ type: "step", step: "read", text: doing });
  if ("unreachable" in place) {
    const project = await explained(doing, migrator.read({ database: false }, context.signal));
    return { project, databases: [], trouble: place.unreachable };
  }
  const sql = place.session.sql(place.database.name, { max: 1 });
  const { project, silent } = await explained(doing, readSoon(context, migrator));
  const trouble = silent ?? await disagreement(context, sql, place, project);
  return { project, databases: trouble ? [] : project.databases, trouble };
}

async function readSoon({ signal }: Context, migrator: Migrator) {
  const patience = { milliseconds: PATIENCE_MS, signal };
  try {
    const project = await readPatiently(migrator, { database: true }, patience);
    return { project, silent: undefined };
  } catch (error) {
    if (!isSilent(error)) throw error;
    return { project: await migrator.read({ database: false }, signal), silent: error };
  }
}

/** What the app's tool says of the version table is not believed until oakum has seen the same. */
async function disagreement(
  { signal, emit }: Context,
  sql: Sql,
  { database }: Reached,
  { databases, databaseError }: MigrationProject,
): Promise<OakumError | undefined> {
  const [first] = databases;
  if (databaseError && isLock(databaseError)) {
    return await tableLocked(sql, "The app", new ProgramFailure(databaseError, ""));
  }
  if (!first) return envFailed(databaseError);
  const named = ({ address }: MigrationDatabase) => address.database ?? database.name;
  const own = databases.filter((one) => named(one) === database.name);
  if (own.length === 0) return otherDatabase(named(first), database);
  try {
    for (const one of own) {
      const heads = await readHeads(sql, one.versionTable);
      if (!sameHeads(heads, one.heads)) return elsewhere(one, database, heads);
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    emit({
      type: "warning",
      code: "not-compared",
      text: `Only the app says where the database is; oakum could not look: ${messageOf(error)}`,
    });
    return undefined;
  }
}
