import type { DatabaseFacts } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { type Queryable, type Sql, sqlState } from "./connection.ts";
import { inMaintenance } from "./maintenance.ts";
import { dropMarked, type Mark, markStatements } from "./marks.ts";
import type { ServerSession } from "./session.ts";
import { execute, statement } from "./statement.ts";

/** What a new database must be like for a dump to fit into it. */
export type DatabaseShape = Pick<
  DatabaseFacts,
  "encoding" | "collate" | "ctype" | "localeProvider" | "locale" | "icuRules" | "tablespace"
>;

/** Hears of a database that could not be dropped; it carries its mark, so that it can be later. */
export type OnLeft = (name: string, why: unknown) => void;

/** A database that is being filled; dropped when it is disposed of, unless it was handed over. */
export class FreshDatabase implements AsyncDisposable {
  #handedOver = false;

  private constructor(
    private readonly session: ServerSession,
    readonly name: string,
    readonly oid: number,
    private readonly onLeft: OnLeft,
  ) {}

  /** Makes an empty database from template0 that carries the run's mark and lets nobody else in. */
  static async create(
    session: ServerSession,
    name: string,
    shape: DatabaseShape,
    mark: Mark,
    onLeft: OnLeft,
  ): Promise<FreshDatabase> {
    return await inMaintenance(session, async (sql) => {
      await refuseTaken(sql, name);
      const create = await createStatement(sql, name, shape);
      const rest = [
        ...await markStatements(sql, name, mark),
        await statement(sql, "revoke connect on database %I from public", name),
      ];
      try {
        await inOneGo(sql, [create, ...rest]);
      } catch (error) {
        throw await dropped(session, name, shape, error);
      }
      const [row] = await sql<{ oid: string }[]>`
        select oid::int8 as oid from pg_database where datname = ${name}`;
      return new FreshDatabase(session, name, Number(row?.oid), onLeft);
    });
  }

  /** It has won, or is a person's now: from here on it is not dropped. */
  handOver(): void {
    this.#handedOver = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#handedOver) return;
    try {
      await inMaintenance(this.session, (sql) => dropMarked(sql, this), { lock: 60_000 });
    } catch (error) {
      // Thrown here it would hide why the database is not wanted any more.
      this.onLeft(this.name, error);
    }
  }
}

async function refuseTaken(sql: Queryable, name: string): Promise<void> {
  const [taken] = await sql`select from pg_database where datname = ${name}`;
  if (!taken) return;
  throw new OakumError(
    "database-exists",
    "refused",
    `The server has a database "${name}" already.`,
    {
      hint: "Give another name, or look what it is: oakum status",
      data: { database: name },
    },
  );
}

/**
 * Sends statements without waiting for the answers between them: a server that has the first also
 * has the mark that belongs to it, and carries both out should this process die in between.
 */
async function inOneGo(sql: Sql, statements: readonly string[]): Promise<void> {
  const held = await sql.reserve();
  try {
    const answers = await Promise.allSettled(statements.map((text) => held.unsafe(text)));
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    held.release();
  }
}

/**
 * Takes a half-made database away, on a connection that is not the one that may be lost; hands back
 * the error that says why it was not made. One that stays carries its mark.
 */
async function dropped(
  session: ServerSession,
  name: string,
  shape: DatabaseShape,
  error: unknown,
): Promise<unknown> {
  const drop = (sql: Sql) => execute(sql, "drop database if exists %I with (force)", name);
  await inMaintenance(session, drop, { lock: 60_000 }).catch(() => {});
  return createError(shape, error);
}

/** Makes an empty database from template0, in the shape that a dump needs. */
export async function createDatabase(
  sql: Queryable,
  name: string,
  shape: DatabaseShape,
): Promise<void> {
  try {
    await sql.unsafe(await createStatement(sql, name, shape));
  } catch (error) {
    // What never came to the server says nothing of what it can make.
    throw sqlState(error) === undefined ? error : createError(shape, error);
  }
}

/** The statement that makes such a database. */
export async function createStatement(
  sql: Queryable,
  name: string,
  shape: DatabaseShape,
): Promise<string> {
  const [version] = await sql<{ num: number }[]>`
    select current_setting('server_version_num')::int as num`;
  const options = createOptions(shape, version?.num ?? 0);
  const template = ["create database %I template template0", ...options.map(([text]) => text)];
  return await statement(sql, template.join(" "), name, ...options.map(([, value]) => value));
}

function createError(shape: DatabaseShape, cause: unknown): OakumError {
  return new OakumError(
    "create-database",
    "refused",
    `The server cannot make a database like the one in the backup: ${(cause as Error).message}`,
    { hint: createHint(shape), data: { ...shape }, cause },
  );
}

function createHint({ collate, localeProvider, locale }: DatabaseShape): string {
  const wanted = localeProvider === "c" ? collate : locale ?? collate;
  return `It needs the locale "${wanted}", room, and a user that may create databases.`;
}

/** Pairs of SQL with one `%` and its value, as far as the server's version knows them. */
export function createOptions(shape: DatabaseShape, versionNum: number): [string, string][] {
  const { localeProvider: provider, locale, icuRules } = shape;
  const options: [string, string][] = [
    ["encoding %L", shape.encoding],
    ["lc_collate %L", shape.collate],
    ["lc_ctype %L", shape.ctype],
  ];
  // To name the one that it has anyway takes a right that owners do not have.
  if (shape.tablespace !== "pg_default") options.push(["tablespace %I", shape.tablespace]);
  if (versionNum < 150_000) return options;
  const providerName = { c: "libc", i: "icu", b: "builtin" }[provider];
  if (providerName) options.push(["locale_provider %I", providerName]);
  if (provider === "i" && locale !== null) options.push(["icu_locale %L", locale]);
  if (provider === "b" && locale !== null) options.push(["builtin_locale %L", locale]);
  if (provider === "i" && icuRules !== null) options.push(["icu_rules %L", icuRules]);
  return options;
}
