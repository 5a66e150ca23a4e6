import type {
  Expectation,
  MigrationDatabase,
  MigrationProject,
  Migrator,
} from "../../migrators/migrator.ts";
import type { SandboxMark } from "../../core/sandbox_mark.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import { explained, isLock } from "./failure.ts";
import { readPatiently } from "./patience.ts";
import { type Picture, sameHeads, takePicture } from "./picture.ts";
import { tableLocked } from "./table_holders.ts";
import { elsewhere, envFailed, otherDatabase, pooled, severalDatabases } from "./trouble.ts";

/** What the app's tool says and what the database says, found to agree. */
export interface BothSides {
  readonly project: MigrationProject;
  readonly state: MigrationDatabase;
  readonly expect: Expectation;
  readonly heads: readonly string[];
  readonly picture: Picture;
}

/** Longer than any app takes to be imported, and shorter than a person waits. */
export const PATIENCE_MS = 60_000;

/** How both sides are read. */
export interface ReadingWish {
  /** How long the app is waited for. */
  readonly milliseconds?: number;
  /** What tells the copy that all of it is in; undefined where it may be in none. */
  readonly sandbox?: SandboxMark;
}

/** Reads the project through the app and the version table ourselves; refuses where they differ. */
export async function readBoth(
  sql: Sql,
  database: Pick<DatabaseTarget, "name" | "service">,
  migrator: Migrator,
  signal: AbortSignal,
  { milliseconds = PATIENCE_MS, sandbox }: ReadingWish = {},
): Promise<BothSides> {
  const expect = { ...await readExpectation(sql), ...sandbox === undefined ? {} : { sandbox } };
  const patience = { milliseconds, signal };
  const reading = readPatiently(migrator, { database: true, expect }, patience);
  const project = await explained("Reading the revisions", reading);
  const failure = project.databaseError;
  if (failure && isLock(failure)) {
    throw await tableLocked(sql, "The app", new ProgramFailure(failure, ""));
  }
  const state = onlyDatabase(project, database);
  if (project.pooled) throw pooled(state, database);
  const picture = await takePicture(sql, state.versionTable);
  const { heads } = picture;
  if (!sameHeads(heads, state.heads)) throw elsewhere(state, database, heads);
  return { project, state, expect, heads, picture };
}

/** What tells this database of this server from any other. */
export async function readExpectation(sql: Sql): Promise<Expectation> {
  const [row] = await sql<{ database: string; started: string }[]>`
    select current_database() as database,
      (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text as started`;
  if (!row) throw new Error("the server did not answer");
  return { database: row.database, serverStarted: row.started };
}

function onlyDatabase(
  project: MigrationProject,
  database: Pick<DatabaseTarget, "name" | "service">,
): MigrationDatabase {
  const [only, ...others] = project.databases;
  if (!only) throw envFailed(project.databaseError);
  if (others.length > 0) throw severalDatabases(project.databases.length);
  const named = only.address.database;
  if (named !== null && named !== database.name) throw otherDatabase(named, database);
  return only;
}
