import { OakumError } from "../core/errors.ts";
import { duration } from "../core/time.ts";
import { type Queryable, sqlState } from "./connection.ts";
import type { TableName } from "./facts.ts";
import { quoteQualified } from "./identifier.ts";

const TABLES_A_STATEMENT = 200;

/** Locks tables against change of definition, TRUNCATE and DROP, until the transaction ends. */
export async function lockTables(sql: Queryable, tables: readonly TableName[]): Promise<void> {
  for (let at = 0; at < tables.length; at += TABLES_A_STATEMENT) {
    const names = tables.slice(at, at + TABLES_A_STATEMENT).map(({ schema, name }) =>
      quoteQualified(schema, name)
    );
    await sql.unsafe(`lock table only ${names.join(", only ")} in access share mode`);
  }
}

/** Whether a lock failed for a reason that is gone at the next try: a table dropped, a deadlock. */
export function isPassing(error: unknown): boolean {
  return ["42P01", "3F000", "40P01"].includes(sqlState(error) ?? "");
}

interface Holder {
  readonly schema: string;
  readonly name: string;
  /** Null for a prepared transaction. */
  readonly pid: number | null;
  readonly application: string | null;
  readonly user: string | null;
  readonly heldMs: number | null;
}

/**
 * Turns a failure to lock tables into a sentence; hands back any other error as it is. Runs outside
 * the transaction that failed, and names who holds or awaits the lock if they still do.
 */
export async function lockFailure(sql: Queryable, error: unknown): Promise<unknown> {
  if (sqlState(error) === "42501") {
    return new OakumError(
      "table-forbidden",
      "refused",
      `The database user may not read every table: ${(error as Error).message}`,
      {
        hint: "A backup without those rows would not be one. Use a user that may read all tables.",
        cause: error,
      },
    );
  }
  if (sqlState(error) !== "55P03") return error;
  const [holder] = await findHolders(sql).catch(() => []);
  return new OakumError("table-locked", "failed", lockedText(holder), {
    hint: "A migration or VACUUM FULL may be under way; try again when it is done. " +
      "See what it does: oakum psql -c 'select * from pg_stat_activity'",
    data: holder ? { ...holder } : {},
    cause: error,
  });
}

/** Who has, or waits for, the one lock that nobody can read beside; who has it comes first. */
async function findHolders(sql: Queryable): Promise<Holder[]> {
  return await sql<Holder[]>`
    select n.nspname as schema, c.relname as name, l.pid, a.application_name as application,
      a.usename as user,
      extract(epoch from clock_timestamp() - a.xact_start)::float8 * 1000 as "heldMs"
    from pg_locks l join pg_class c on c.oid = l.relation
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and c.relkind in ('r', 'p')
      and l.database = (select oid from pg_database where datname = current_database())
    order by l.granted desc, a.xact_start`;
}

function lockedText(holder: Holder | undefined): string {
  if (!holder) return "A table is locked by another session, so the backup cannot begin.";
  const { schema, name, pid, application, user, heldMs } = holder;
  const details = [
    application || undefined,
    user && `user ${user}`,
    heldMs === null ? undefined : `for ${duration(heldMs)}`,
  ].filter((part) => part);
  const who = pid === null
    ? "a prepared transaction"
    : `server process ${pid} (${details.join(", ")})`;
  return `The table ${schema}.${name} is locked by ${who}, so the backup cannot begin.`;
}

/** Refuses a user to whom policies show only some rows: their count would be a silent half-truth. */
export async function requireAllRows(sql: Queryable): Promise<void> {
  const rows = await sql<{ table: string; user: string }[]>`
    select c.oid::regclass::text as table, current_user::text as user
    from pg_class c where c.relrowsecurity and row_security_active(c.oid) order by 1`;
  const [first] = rows;
  if (!first) return;
  const others = rows.length > 1 ? ` and ${rows.length - 1} more` : "";
  throw new OakumError(
    "row-security",
    "refused",
    `Row-level security hides rows of ${first.table}${others} from the user "${first.user}".`,
    {
      hint: "A backup without those rows would not be one. Use a superuser, or let the user see " +
        "all rows: ALTER ROLE … BYPASSRLS",
      data: { tables: rows.map(({ table }) => table), user: first.user },
    },
  );
}
