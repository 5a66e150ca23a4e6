import { hasOutgrown, isRewritten, isUnlike } from "../../backups/likeness.ts";
import type { Manifest } from "../../backups/manifest.ts";
import { size } from "../../core/sizes.ts";
import { isSameDatabase } from "../../postgres/changed_since.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { databaseBytes } from "../../postgres/facts.ts";
import { type Effort, findRows, type RowsFound } from "../../postgres/rows_now.ts";
import { number, rows } from "./rules/numbers.ts";

/** A megabyte of each table, and more of one in doubt: a wrong yes would cost more. */
const EFFORT: Effort = { always: 128, inDoubt: 1024, tables: Infinity };
/** Enough to tell most rows from some: of a thousand large tables it must not read for minutes. */
const GLANCE = 32;
const MOST = 3;

/**
 * Why the data of a backup says little of what the database holds now, as the end of a sentence about
 * it; nothing where it is alike. What is measured on a copy of other data is measured for nothing:
 * an empty table locks no one and loses nothing.
 */
export async function whyUnlike(
  transaction: Queryable,
  { tables, database, transactions, server }: Manifest,
): Promise<string | undefined> {
  const rewrites = transactions &&
      await isSameDatabase(transaction, transactions, server.systemIdentifier)
    ? { snapshot: transactions.snapshot, isRewritten, pages: GLANCE }
    : undefined;
  const { far } = await findRows(transaction, tables, isUnlike, EFFORT, rewrites);
  if (far.length > 0) return `has ${rowsTexts(far).join("; ")}`;
  const bytes = await databaseBytes(transaction);
  if (!hasOutgrown(database.bytes, bytes)) return undefined;
  return `is of a database of ${size(database.bytes)}, which has ${size(bytes)} now`;
}

/** `0 rows of public.bids, which has 900 now`: the farthest first. */
function rowsTexts(far: readonly RowsFound[]): string[] {
  const sorted = far.toSorted((a, b) => Math.abs(b.now - b.then) - Math.abs(a.now - a.then));
  const texts = sorted.slice(0, MOST).map(({ schema, name, then, now, written, exact }) => {
    const about = exact ? "" : "about ";
    const how = isUnlike(then, now)
      ? `has ${about}${number(now)} now`
      : `has ${about}${rows(written)} that were written since`;
    return `${rows(then)} of ${schema}.${name}, which ${how}`;
  });
  return far.length > MOST ? [...texts, `and so on with ${far.length - MOST} more`] : texts;
}
