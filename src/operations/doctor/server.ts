import { shellWord } from "../../core/shell.ts";
import { size } from "../../core/sizes.ts";
import { count } from "../../core/time.ts";
import type { Queryable } from "../../postgres/connection.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { findFolders, floorOf, measureRoom } from "../../postgres/space.ts";
import type { Check } from "../../reports/doctor.ts";
import { readServerFacts } from "../backup/server_facts.ts";
import { serverHost } from "../restore/room.ts";
import { failed, notChecked, ok, trouble, warning } from "./checks.ts";

/** The server's version and its client programs. */
export async function checkServer(session: ServerSession, database: string): Promise<Check[]> {
  try {
    const { version, pgDump } = await readServerFacts(session, session.sql(database));
    return [ok("pg-dump", `PostgreSQL ${version.split(" ")[0]}, pg_dump ${pgDump}.`)];
  } catch (error) {
    return [failed("pg-dump", error)];
  }
}

/** Whether the server's own disks are nearly full: a full one stops it, and may keep it down. */
export async function checkServerDisk(session: ServerSession, sql: Queryable): Promise<Check[]> {
  const folders = await findFolders(sql, session.server, "pg_default");
  const paths = folders ? [folders.data, folders.wal] : [];
  const systems = await measureRoom(serverHost(session), paths) ?? [];
  const low = systems.find((system) => system.free < floorOf(system));
  const [data] = systems;
  const container = session.server.container.Name.slice(1);
  if (!data) {
    return [notChecked("server-disk", `How full the disk of ${container} is, nobody says.`)];
  }
  const { path, free, total } = low ?? data;
  const text = `${container} has ${size(free)} of ${size(total)} free at ${path}.`;
  if (!low) return [ok("server-disk", text)];
  const mend = "Free space on that disk or enlarge it before anything else; old images and build " +
    "caches often fill it: docker system df";
  return [trouble("server-disk", `The disk is nearly full: ${text}`, mend)];
}

/** Locales whose rules changed below the database: indexes on text may be out of order. */
export async function checkCollations(sql: Queryable): Promise<Check[]> {
  const row = await databaseLocale(sql);
  const own = await sql<{ name: string }[]>`
    select c.oid::regcollation::text as name from pg_collation c
    where c.collversion is distinct from pg_collation_actual_version(c.oid)
      and c.collversion is not null`;
  if (row && row.recorded !== null && row.recorded !== row.actual) {
    const text =
      `The database was made with version ${row.recorded} of its locale's rules, and the server has ` +
      `${row.actual ?? "none"}: indexes on text may be out of order.`;
    const reindex = shellWord(`reindex database ${row.name}`);
    const refresh = shellWord(`alter database ${row.name} refresh collation version`);
    const mend = `oakum backup, then: oakum psql -c ${reindex} -c ${refresh}`;
    return [trouble("collation-version", text, mend)];
  }
  if (own.length === 0) {
    return [
      ok("collation-version", "The locale's rules are those that the database was made with."),
    ];
  }
  const names = own.map(({ name }) => name).join(", ");
  return [
    trouble(
      "collation-version",
      `The rules of these collations changed: ${names}.`,
      "Rebuild the indexes that use them, then ALTER COLLATION … REFRESH VERSION.",
    ),
  ];
}

/** PostgreSQL 14 keeps no version for a database, only for collations. */
async function databaseLocale(sql: Queryable) {
  const [server] = await sql<{ keeps: boolean }[]>`
    select current_setting('server_version_num')::int >= 150000 as keeps`;
  if (!server?.keeps) return undefined;
  const [row] = await sql<{ recorded: string | null; actual: string | null; name: string }[]>`
    select d.datcollversion as recorded, pg_database_collation_actual_version(d.oid) as actual,
      quote_ident(d.datname) as name
    from pg_database d where d.datname = current_database()`;
  return row;
}

/** What stands in the way of a migration or of a restore. */
export async function checkSessions(sql: Queryable): Promise<Check[]> {
  const [row] = await sql<{ idle: number; prepared: number; slots: number; invalid: string[] }[]>`
    select
      (select count(*)::int from pg_stat_activity where datname = current_database()
        and state like 'idle in transaction%' and now() - xact_start > interval '1 minute') as idle,
      (select count(*)::int from pg_prepared_xacts where database = current_database()) as prepared,
      (select count(*)::int from pg_replication_slots where database = current_database()) as slots,
      (select coalesce(jsonb_agg(i.indexrelid::regclass::text), '[]') from pg_index i
        where not i.indisvalid) as invalid`;
  if (!row) return [];
  const { idle, prepared, slots, invalid } = row;
  return [
    ...idle > 0
      ? [
        warning(
          "idle-in-transaction",
          `${
            count(idle, "session")
          } idle in a transaction for over a minute: a migration would wait.`,
          "oakum psql -c \"select pid, application_name, xact_start from pg_stat_activity where state like 'idle in%'\"",
        ),
      ]
      : [],
    ...prepared > 0
      ? [
        warning(
          "prepared-transactions",
          `${count(prepared, "prepared transaction")} in the way of a restore's swap.`,
          "oakum psql -c 'select gid, prepared, owner from pg_prepared_xacts'",
        ),
      ]
      : [],
    ...slots > 0
      ? [
        warning(
          "logical-slots",
          `${
            count(slots, "logical replication slot")
          }: after a restore they follow the old database.`,
          "oakum psql -c 'select slot_name, plugin, active from pg_replication_slots'",
        ),
      ]
      : [],
    ...invalid.map((name) =>
      warning(
        "invalid-index",
        `The index ${name} is invalid: nothing uses it, and no dump holds it.`,
        `oakum psql -c ${shellWord(`reindex index concurrently ${name}`)}`,
      )
    ),
  ];
}
