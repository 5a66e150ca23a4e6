import { join } from "node:path";
import { z } from "zod";
import { readJournal } from "../../backups/journal_read.ts";
import type { JournalEntry } from "../../backups/journal_entry.ts";
import { type Listing, listTarget } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { targetPath } from "../../backups/target_path.ts";
import { differenceText, type Fingerprint, schemaDifferences } from "../../postgres/fingerprint.ts";
import { sameHeads } from "../migrate/picture.ts";

const MOST_DIFFERENCES = 5;

const moved = z.object({ heads: z.array(z.string()), fingerprint: z.string() });

/**
 * The fingerprint of the schema when a migration last left the database at these heads. A stamp is
 * no witness: it says where the database is, and changes no schema.
 */
export function rememberedFingerprint(
  entries: readonly JournalEntry[],
  heads: readonly string[],
): string | undefined {
  return lastLeftAt(entries, heads)?.fingerprint;
}

/** The same, and when that was. */
export function lastLeftAt(
  entries: readonly JournalEntry[],
  heads: readonly string[],
): { readonly fingerprint: string; readonly at: string } | undefined {
  return entries.flatMap((entry) => {
    const left = migratedTo(entry);
    return left && sameHeads(left.heads, heads)
      ? [{ fingerprint: left.fingerprint, at: entry.at }]
      : [];
  }).at(-1);
}

/** The heads at which a migration left a schema with this hash, each once; the newest first. */
export function headsRemembered(
  entries: readonly JournalEntry[],
  sha256: string,
): readonly (readonly string[])[] {
  const all = entries.flatMap((entry) => {
    const { heads, fingerprint } = migratedTo(entry) ?? {};
    return heads && fingerprint === sha256 ? [heads] : [];
  }).toReversed();
  return all.filter((heads, at) => all.findIndex((one) => sameHeads(one, heads)) === at);
}

/** Where a migration left a database; undefined where the entry tells of none. */
function migratedTo(entry: JournalEntry): z.infer<typeof moved> | undefined {
  const migrated = entry.operation === "upgrade" || entry.operation === "downgrade";
  if (entry.kind !== "outcome" || !entry.ok || !migrated) return undefined;
  return moved.safeParse(entry.data).data;
}

/** Warns where the schema is not the one that the journal knows of these heads. */
export async function schemaWarnings(
  dir: string,
  target: TargetName,
  heads: readonly string[],
  now: Fingerprint,
): Promise<string[]> {
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  const remembered = rememberedFingerprint(entries, heads);
  if (remembered === undefined || remembered === now.sha256) return [];
  const then = fingerprintWithHash(await listTarget(dir, target), remembered);
  const differences = then ? schemaDifferences(then, now) : [];
  const names = heads.join(" and ") || "base";
  return [
    `When the database was last migrated to ${names}, its schema was another one than now.`,
    ...differences.slice(0, MOST_DIFFERENCES).map((one) => `  ${differenceText(one)}`),
    ...(differences.length > MOST_DIFFERENCES
      ? [`  and ${differences.length - MOST_DIFFERENCES} more`]
      : []),
  ];
}

/** The journal has the hash alone; a backup of that schema knows what it was made of. */
export function fingerprintWithHash(
  { backups }: Listing,
  sha256: string,
): Fingerprint | undefined {
  return backups.flatMap((backup) =>
    backup.state === "damaged" ? [] : [backup.manifest.fingerprint]
  )
    .find((fingerprint) => fingerprint.sha256 === sha256);
}
