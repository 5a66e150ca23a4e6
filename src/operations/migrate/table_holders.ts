import { OakumError } from "../../core/errors.ts";
import type { Sql } from "../../postgres/connection.ts";
import { type Blocker, blockerText } from "./blockers.ts";

/** What oakum's own sessions and the app's wait for a table that they only read. */
const WAITED = "10 s";

/** Why a table could not be read; `who` as in `The app`. */
export async function tableLocked(sql: Sql, who: string, cause: unknown): Promise<OakumError> {
  const holders = await tableHolders(sql).catch(() => []);
  const [first] = holders;
  const text = `${who} could not read the database: a table is locked, and did not come free ` +
    `in ${WAITED}.`;
  const by = first ? [`It is locked by ${blockerText(first)}.`] : [];
  return new OakumError("table-locked", "refused", [text, ...by].join("\n"), {
    hint: "Wait until that session is done, or end it; then try again.",
    data: { blockers: holders },
    cause,
  });
}

/** Who has a table of this database for itself, or waits for that: only such a one stops a reader. */
async function tableHolders(sql: Sql): Promise<readonly Blocker[]> {
  return await sql<Blocker[]>`
    with holders as (
      select pid, virtualtransaction from pg_locks
      where locktype = 'relation' and mode = 'AccessExclusiveLock'
        and database = (select oid from pg_database where datname = current_database()))
    select pid, application_name as application, coalesce(usename, backend_type) as user,
      coalesce(state, '') as state,
      extract(epoch from clock_timestamp() - coalesce(xact_start, backend_start))::float8 * 1000
        as "forMs"
    from pg_stat_activity where pid in (select pid from holders)
    union all
    select 0, gid, owner, '', extract(epoch from clock_timestamp() - prepared)::float8 * 1000
    from pg_prepared_xacts where '-1/' || transaction in (select virtualtransaction from holders)
    order by "forMs" desc`;
}
