import type { Sql } from "../../../postgres/connection.ts";
import { quoteQualified } from "../../../postgres/identifier.ts";
import { readSnapshot } from "../../../postgres/written_since.ts";
import type { Sight } from "../look_again.ts";

/** Remembers the transactions of an upgrade, so that those of others can be told from them. */
export class Writers {
  readonly #own: string[] = [];
  #complete = true;

  private constructor(
    private readonly sql: Sql,
    private readonly table: Sight["table"],
    /** The transactions that were over when the watch began. */
    readonly snapshot: string,
    /** Those that wrote what was in the version table then. */
    private readonly before: readonly string[],
  ) {}

  /** Begins to watch: what is written from now on counts. */
  static async watch(sql: Sql, { table }: Sight): Promise<Writers> {
    return new Writers(sql, table, await readSnapshot(sql), await writersOf(sql, table));
  }

  /** The transactions of the steps so far, oldest first; none where one could not be read. */
  get own(): readonly string[] {
    return this.#complete ? this.#own : [];
  }

  /** Notes the transaction of the step that was just applied: it wrote the version table, too. */
  async note(): Promise<void> {
    try {
      const known = [...this.before, ...this.#own];
      const now = await writersOf(this.sql, this.table);
      this.#own.push(...now.filter((xid) => !known.includes(xid)));
    } catch {
      this.#complete = false;
    }
  }
}

async function writersOf(sql: Sql, { foundIn, name }: Sight["table"]): Promise<string[]> {
  const [found] = await sql`
    select from pg_tables where schemaname = ${foundIn} and tablename = ${name}`;
  if (!found || foundIn === null) return [];
  const rows = await sql.unsafe<{ xid: string }[]>(
    `select distinct xmin::text as xid from ${quoteQualified(foundIn, name)}`,
  );
  return rows.map(({ xid }) => xid);
}
