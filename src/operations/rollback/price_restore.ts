import { lostBesidesTables, readBesidesTables } from "../../postgres/besides_tables.ts";
import { readFingerprint, schemaDifferences } from "../../postgres/fingerprint.ts";
import type { Sql } from "../../postgres/connection.ts";
import { inTransaction } from "../../postgres/held.ts";
import type { RollbackPrice, RollbackPrices } from "../../reports/rollback.ts";
import type { FilledIn } from "../rehearse/compare_rows.ts";
import { differenceTexts } from "../rehearse/difference_texts.ts";
import { compareTables } from "../rehearse/compare_tables.ts";
import type { Copy } from "../rehearse/copy.ts";
import { losses } from "../rehearse/data_loss.ts";
import {
  createBackupRoles,
  loadBackup,
  requireSandboxRoom,
  type SeenBackup,
} from "../sandbox/load_backup.ts";
import { versionTableName } from "../migrate/version_table.ts";
import { columnsOnlyIn, filledIn, timed } from "./filled_in.ts";
import type { Measuring } from "./measure.ts";
import { nothingLost } from "./unpriced.ts";
import { walkOn } from "./walk.ts";

/** Where the backup from before the upgrade is loaded. */
const THEN = "oakum_then";
const MOST_DIFFERENCES = 5;

/**
 * Takes the backup from before through the upgrade once more and compares it with what is kept: what
 * differs was written since. Then it is taken down, which shows what a downgrade does not bring back.
 */
export async function priceRestore(
  measuring: Measuring,
  copy: Copy,
  backup: SeenBackup,
  downgrade: RollbackPrice,
): Promise<RollbackPrices> {
  const { way } = measuring;
  await loadThen(measuring, copy, backup);
  const besides = versionTableName(measuring.table);
  const alone = await columnsOnlyIn(copy.keptSql(), copy.sql(), { kin: false, besides });
  const { result: failure, when } = await timed(copy, () => walkOn(measuring, copy, way.up));
  const filled = filledIn(way.upgrade, when, alone);
  const restore = await writtenSince(measuring, copy, filled, failure);
  if (failure !== undefined || downgrade.verdict === "impossible") return { downgrade, restore };
  return { downgrade: await withWhatIsNotBack(measuring, copy, downgrade), restore };
}

async function loadThen(
  { context }: Measuring,
  copy: Copy,
  backup: SeenBackup,
): Promise<void> {
  const { sandbox, session, signal } = copy;
  const { database, dump } = backup.manifest;
  await requireSandboxRoom(sandbox, { bytes: database.bytes, dump: dump.bytes }, 2);
  await createBackupRoles(context, session, backup, signal);
  await loadBackup(context, { sandbox, session }, backup, THEN, signal);
  await copy.become(THEN);
}

/** What is kept and not in the copy, which is at the same revision with nothing written since. */
async function writtenSince(
  { way, table }: Measuring,
  copy: Copy,
  filled: FilledIn | undefined,
  failure: string | undefined,
): Promise<RollbackPrice> {
  const what = { ...allBut(table), kin: false, signal: copy.signal, filled };
  await using then = pool(copy, THEN);
  // Where the upgrade cannot be made once more, what it added counts as written.
  const other = failure === undefined ? copy.sql() : then.sql;
  const compared = await compareTables(copy.keptSql(), other, what);
  const lost = compared.flatMap(losses);
  const returning = compared.flatMap(({ table, rows }) =>
    rows && rows.added > 0 ? [{ table, rows: rows.added }] : []
  );
  const besides = await lostBesides(copy.keptSql(), other);
  const notes = failure === undefined
    ? []
    : [`At most that: ${failure} So what the upgrade itself filled in counts, too.`];
  const verdict = lost.length + returning.length + besides.length > 0 ? "loses" : "free";
  return { ...nothingLost(way, "restore"), verdict, lost, returning, besides, notes };
}

/** On data that nobody has written to since, what is missing after up and down the upgrade took. */
async function withWhatIsNotBack(
  measuring: Measuring,
  copy: Copy,
  price: RollbackPrice,
): Promise<RollbackPrice> {
  const failure = await walkOn(measuring, copy, measuring.way.down);
  if (failure !== undefined) {
    return { ...price, notes: [...price.notes, `On the data from before: ${failure}`] };
  }
  await using then = pool(copy, THEN);
  const what = { ...allBut(measuring.table), kin: true, signal: copy.signal };
  const notBack = (await compareTables(then.sql, copy.sql(), what)).flatMap(losses);
  const notes = [...price.notes, ...await schemaNotes(then.sql, copy.sql())];
  const besides = [...new Set([...price.besides, ...await lostBesides(then.sql, copy.sql())])];
  const verdict = notBack.length + besides.length > 0 ? "loses" : price.verdict;
  return { ...price, verdict, notBack, besides, notes };
}

function allBut(table: Measuring["table"]) {
  return { tables: "all" as const, besides: versionTableName(table) };
}

async function lostBesides(before: Sql, after: Sql): Promise<string[]> {
  return lostBesidesTables(await readBesidesTables(before), await readBesidesTables(after));
}

async function schemaNotes(before: Sql, after: Sql): Promise<string[]> {
  const read = (sql: Sql) => inTransaction(sql, (transaction) => readFingerprint(transaction));
  const differences = schemaDifferences(await read(before), await read(after))
    // A copy has rights of its own.
    .filter(({ kind }) => !["grant", "default privileges"].includes(kind));
  if (differences.length === 0) return [];
  const texts = differenceTexts(differences);
  const more = texts.length - MOST_DIFFERENCES;
  return [
    "After it the schema is another one than before the upgrade:",
    ...texts.slice(0, MOST_DIFFERENCES).map((text) => `  ${text}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function pool(copy: Copy, database: string): AsyncDisposable & { readonly sql: Sql } {
  const sql = copy.session.sql(database, { max: 1 });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}
