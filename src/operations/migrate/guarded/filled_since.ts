import { OakumError } from "../../../core/errors.ts";
import type { Queryable } from "../../../postgres/connection.ts";
import { inTransaction } from "../../../postgres/held.ts";
import { quoteIdentifier, quoteQualified } from "../../../postgres/identifier.ts";
import type { GoneEmpty, RehearsalReport } from "../../../reports/rehearsal.ts";
import type { Reached } from "../standing.ts";

/** The rule of a rehearsal that finds such a loss. */
const RULE = "data-lost";

/**
 * What the revisions take away and held nothing on the copy, but does now, by name: the backup that a
 * rehearsal was made on may be a day old.
 */
export async function filledSince(
  { session, database }: Reached,
  { revisions }: Pick<RehearsalReport, "revisions">,
): Promise<string[]> {
  const gone = revisions.flatMap((revision) => revision.goneEmpty ?? []);
  if (gone.length === 0) return [];
  const sql = session.sql(database.name, { max: 1 });
  try {
    return await inTransaction(sql, async (transaction) => {
      await transaction`set transaction read only`;
      const filled: string[] = [];
      for (const one of gone) if (await isFilled(transaction, one)) filled.push(nameOf(one));
      return [...new Set(filled)];
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * The error where that is so and nobody has accepted it; undefined where all is as on the copy. `again`
 * is the command that was typed.
 */
export async function whyFilledSince(
  place: Reached,
  report: RehearsalReport,
  { allow, again }: { readonly allow: readonly string[]; readonly again: string },
): Promise<OakumError | undefined> {
  const filled = allow.includes(RULE) ? [] : await filledSince(place, report);
  if (filled.length === 0) return undefined;
  const names = filled.join(", ");
  return new OakumError(
    "filled-since",
    "refused",
    `The upgrade destroys ${names}. The copy that it was rehearsed on held nothing there; the ` +
      "database does now.",
    {
      hint: `Rehearse on the data of now: oakum backup, then ${again}. If what is there may go: ` +
        [again, ...[...allow, RULE].map((rule) => `--allow ${rule}`)].join(" "),
      data: { filled, rehearsedOn: report.data.name },
    },
  );
}

/** Nothing of what an earlier revision makes is there yet; a generated column is no data. */
async function isFilled(transaction: Queryable, { table, column }: GoneEmpty): Promise<boolean> {
  const [found] = await transaction<{ schema: string; name: string; is: boolean }[]>`
    select n.nspname as schema, c.relname as name, ${column}::text is null or exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = ${column}
        and not a.attisdropped and a.attgenerated = '') as is
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname || '.' || c.relname = ${table} and c.relkind in ('r', 'p')`;
  if (!found?.is) return false;
  const holds = column === null ? "" : ` where ${quoteIdentifier(column)} is not null`;
  const [row] = await transaction.unsafe<{ filled: boolean }[]>(
    `select exists (select from ${quoteQualified(found.schema, found.name)}${holds}) as filled`,
  );
  return row?.filled ?? false;
}

function nameOf({ table, column }: GoneEmpty): string {
  return column === null ? `the table ${table}` : `the column ${table}.${column}`;
}
