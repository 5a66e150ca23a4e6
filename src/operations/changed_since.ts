import { join } from "node:path";
import { hasCollapsedRows } from "../backups/collapse.ts";
import { newestGood } from "../backups/find.ts";
import type { JournalEntry } from "../backups/journal_entry.ts";
import { readJournal } from "../backups/journal_read.ts";
import { hasLost } from "../backups/likeness.ts";
import { type Backup, type Listing, listTarget } from "../backups/list.ts";
import type { Manifest, TargetName } from "../backups/manifest.ts";
import { JOURNAL } from "../backups/names.ts";
import { targetPath } from "../backups/target_path.ts";
import type { Queryable } from "../postgres/connection.ts";
import { readMigrationState, type TableName } from "../postgres/facts.ts";
import {
  type Fingerprint,
  readFingerprint,
  type SchemaDifference,
  schemaDifferences,
} from "../postgres/fingerprint.ts";
import { inTransaction } from "../postgres/held.ts";
import { type Effort, findRows } from "../postgres/rows_now.ts";
import type { ServerSession } from "../postgres/session.ts";
import type { ChangedSince } from "../reports/changed_since.ts";
import type { Context } from "./context.ts";
import { sameHeads } from "./migrate/picture.ts";
import { differenceTexts } from "./rehearse/difference_texts.ts";
import { tableOf } from "./rehearse/touched.ts";
import { fingerprintWithHash, lastLeftAt } from "./stamp/remembered.ts";

/** What a look at everything may take: small tables, and some of one whose statistics alarm. */
const EFFORT: Effort = { always: 16, inDoubt: 256, tables: 200 };
/** Who only looks waits for nobody. */
const TIMEOUTS = { lock: 500, statement: 4000 };

/** The database that is looked at, and where its backups and its journal are. */
export interface Looked {
  readonly session: ServerSession;
  readonly database: string;
  readonly dir: string;
  readonly target: TargetName;
}

/**
 * How far a database is off from what oakum knew of it last: its tables and rows from the newest
 * backup, its schema from what a migration or that backup had at the same revisions.
 */
export async function changedSince(
  { clock }: Pick<Context, "clock">,
  { session, database, dir, target }: Looked,
): Promise<ChangedSince> {
  const listing = await listTarget(dir, target);
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  const last = lastKnown(listing, entries, clock.now());
  const sql = session.sql(database, { max: 1, timeouts: TIMEOUTS });
  try {
    return await inTransaction(sql, async (transaction) => {
      await transaction`set transaction isolation level repeatable read, read only`;
      return await compare(transaction, { listing, entries, last });
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The newest backup; where one was restored since, the database began again as that one. */
function lastKnown(
  listing: Listing,
  entries: readonly JournalEntry[],
  now: Date,
): Backup | undefined {
  const newest = newestGood(listing, now);
  const swap = entries.findLast((entry) =>
    entry.kind === "outcome" && entry.ok && entry.step === "swap"
  );
  // An undo brings back what was there before the restore.
  if (!swap || swap.operation === "undo") return newest;
  if (newest && Date.parse(swap.at) < Date.parse(newest.manifest.takenAt)) return newest;
  const loaded = entries.findLast(({ run, operation, data }) =>
    run === swap.run && operation === swap.operation && typeof data["backup"] === "string"
  );
  return listing.backups.find((backup): backup is Backup =>
    backup.state !== "damaged" && backup.id === loaded?.data["backup"]
  );
}

interface Known {
  readonly listing: Listing;
  readonly entries: readonly JournalEntry[];
  readonly last: Backup | undefined;
}

async function compare(transaction: Queryable, known: Known): Promise<ChangedSince> {
  const { last } = known;
  const heads = (await readMigrationState(transaction))?.revisions ?? [];
  const rows = last && await compareRows(transaction, last.manifest);
  const schema = await compareSchema(transaction, known, heads, rows?.gone ?? []);
  const sameRevisions = last !== undefined && sameHeads(headsOf(last.manifest), heads);
  // Of other revisions nobody knows here what they took away; the schema says what they left.
  const explained = !sameRevisions && (schema.schemaOf === null || schema.same);
  return {
    backup: last?.id ?? null,
    takenAt: last?.manifest.takenAt ?? null,
    sameRevisions,
    gone: explained ? [] : rows?.gone ?? [],
    lost: rows?.lost ?? [],
    ...{ schema: schema.schema, schemaOf: schema.schemaOf },
    collapsed: rows !== undefined && !explained && rows.collapsed,
  };
}

function headsOf({ migrations }: Manifest): readonly string[] {
  return migrations?.revisions ?? [];
}

async function compareRows(transaction: Queryable, { tables }: Manifest) {
  const { gone, far } = await findRows(transaction, tables, hasLost, EFFORT);
  const missing = new Map(
    far.map(({ schema, name, then, now }) => [JSON.stringify([schema, name]), then - now]),
  );
  for (const { schema, name, rows } of gone) missing.set(JSON.stringify([schema, name]), rows);
  const before = tables.reduce((sum, { rows }) => sum + rows, 0);
  const left = before - missing.values().reduce((sum, rows) => sum + rows, 0);
  return { gone, lost: far, collapsed: hasCollapsedRows(left, before) };
}

type SchemaChange = Pick<ChangedSince, "schema" | "schemaOf"> & { readonly same: boolean };

/** The younger witness counts: what was changed by hand and is in a backup since is known. */
async function compareSchema(
  transaction: Queryable,
  { listing, entries, last }: Known,
  heads: readonly string[],
  gone: readonly TableName[],
): Promise<SchemaChange> {
  const left = lastLeftAt(entries, heads);
  const backup = last && sameHeads(headsOf(last.manifest), heads) ? last.manifest : undefined;
  const byBackup = backup && (!left || Date.parse(backup.takenAt) >= Date.parse(left.at));
  const expected = byBackup ? backup.fingerprint.sha256 : left?.fingerprint;
  if (expected === undefined) return { same: true, schema: [], schemaOf: null };
  const schemaOf = byBackup ? "backup" : "migration";
  const now = await readFingerprint(transaction);
  if (now.sha256 === expected) return { same: true, schema: [], schemaOf };
  const then = byBackup ? backup.fingerprint : fingerprintWithHash(listing, expected);
  return { same: false, schema: differences(then, now, gone), schemaOf };
}

/** Without what went with a table that is gone: that is said by itself. */
function differences(
  then: Fingerprint | undefined,
  now: Fingerprint,
  gone: readonly TableName[],
): string[] {
  if (!then) return ["what differs is not known, since no backup has that schema"];
  const names = new Set(gone.map(({ schema, name }) => `${schema}.${name}`));
  const rest = schemaDifferences(then, now).filter((one) =>
    !tableBehind(one).some(names.has, names)
  );
  return differenceTexts(rest);
}

/** Of an index, a constraint or a trigger the table that it stands on. */
function tableBehind(one: SchemaDifference): string[] {
  const [, table] = / on (.+)$/.exec(one.ident) ?? [];
  return table === undefined ? tableOf(one) : tableOf({ ...one, kind: "table", ident: table });
}
