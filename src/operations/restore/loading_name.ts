import type { Queryable } from "../../postgres/connection.ts";
import { refused } from "./server_state.ts";

/**
 * pg_cron lets itself be made in the database that its worker is in, which a restore must not be, and
 * in one of this name, which its own tests have.
 */
const CRONS_OTHER = "contrib_regression";

/** The name under which a database is filled, before it takes the one that it is to have. */
export async function loadingName(
  sql: Queryable,
  extensions: readonly { readonly name: string }[],
  usual: string,
): Promise<string> {
  if (!extensions.some(({ name }) => name === "pg_cron")) return usual;
  const [taken] = await sql`select from pg_database where datname = ${CRONS_OTHER}`;
  if (!taken) return CRONS_OTHER;
  throw refused(
    "cron-name-taken",
    `A database with pg_cron is filled under the name "${CRONS_OTHER}", which is taken.`,
    {
      hint:
        `Rename that one meanwhile: ALTER DATABASE ${CRONS_OTHER} RENAME TO other_name; or, if ` +
        "a run of oakum left it: oakum doctor --end-leftovers",
    },
  );
}
