import { OakumError } from "../../core/errors.ts";
import type {
  Expectation,
  MigrationDatabase,
  MigrationProject,
  Migrator,
} from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import { sameHeads, takePicture } from "./picture.ts";

/** What the app's tool says and what the database says, found to agree. */
export interface BothSides {
  readonly project: MigrationProject;
  readonly state: MigrationDatabase;
  readonly expect: Expectation;
  readonly heads: readonly string[];
}

/** Reads the project through the app and the version table ourselves; refuses where they differ. */
export async function readBoth(
  sql: Sql,
  database: DatabaseTarget,
  migrator: Migrator,
  signal: AbortSignal,
): Promise<BothSides> {
  const expect = await readExpectation(sql);
  const project = await migrator.read({ database: true }, signal);
  const state = onlyDatabase(project, database);
  const { heads } = await takePicture(sql, state.versionTable);
  if (!sameHeads(heads, state.heads)) throw elsewhere(state, database, heads);
  return { project, state, expect, heads };
}

async function readExpectation(sql: Sql): Promise<Expectation> {
  const [row] = await sql<{ database: string; started: string }[]>`
    select current_database() as database,
      (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text as started`;
  if (!row) throw new Error("the server did not answer");
  return { database: row.database, serverStarted: row.started };
}

function onlyDatabase(project: MigrationProject, database: DatabaseTarget): MigrationDatabase {
  const [only, ...others] = project.databases;
  if (!only) {
    const failure = project.databaseError;
    throw new OakumError(
      "app-cannot-connect",
      "refused",
      `The app's env.py does not reach its database: ${failure?.message ?? "it asked for none"}`,
      {
        hint: "Find out why: oakum doctor",
        data: { failure: failure ? { ...failure, traceback: null } : null },
      },
    );
  }
  if (others.length > 0) {
    throw new OakumError(
      "several-databases",
      "refused",
      `env.py migrates ${project.databases.length} databases or schemas in one run; oakum moves one.`,
      { hint: "Choose one with -x, if env.py takes such an argument." },
    );
  }
  const named = only.address.database;
  if (named !== null && named !== database.name) {
    throw new OakumError(
      "other-database",
      "refused",
      `The app migrates the database "${named}", not "${database.name}".`,
      { hint: `Name it: --database ${database.service}/${named}` },
    );
  }
  return only;
}

function elsewhere(
  state: MigrationDatabase,
  database: DatabaseTarget,
  heads: readonly string[],
): OakumError {
  return new OakumError(
    "other-server",
    "refused",
    `The app sees revision ${
      state.heads.join(", ") || "base"
    } in "${state.address.database}", and ` +
      `oakum sees ${heads.join(", ") || "base"}: they are not in the same database.`,
    {
      hint:
        `The app connects to ${state.address.host ?? "a socket"}; oakum to ${database.service}. ` +
        "See oakum doctor.",
    },
  );
}
