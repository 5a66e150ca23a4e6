import { size } from "../core/sizes.ts";
import { duration } from "../core/time.ts";
import {
  type DowngradeVerdict,
  type HeldLock,
  LOCK_MODES,
  type LockMode,
  type MeasuredStep,
  type TableChange,
} from "./rehearsal.ts";

/** `1,000`. */
export function number(n: number): string {
  return n.toLocaleString("en");
}

/** `1 row`, `1,000 rows`. */
export function many(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Whom a lock on a table keeps waiting, of those that read and write rows. */
export function lockedOut(mode: LockMode): "everybody" | "writers" | "nobody" {
  if (mode === "ACCESS EXCLUSIVE") return "everybody";
  return LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf("SHARE") ? "writers" : "nobody";
}

/** The lock that is the worst to meet: by whom it locks out, then by how long. */
export function worstLock({ locks }: MeasuredStep): HeldLock | undefined {
  const rank = { everybody: 2, writers: 1, nobody: 0 } as const;
  const worst = (lock: HeldLock) => rank[lockedOut(lock.mode)];
  return locks.filter((lock) => worst(lock) > 0)
    .toSorted((a, b) => worst(b) - worst(a) || b.heldMs - a.heldMs)[0];
}

/** `everybody 970 ms`, `writers 1.2 s`, `nobody`. */
export function lockedOutText(step: MeasuredStep): string {
  const lock = worstLock(step);
  return lock ? `${lockedOut(lock.mode)} ${duration(lock.heldMs)}` : "nobody";
}

/** `locks everybody out of public.users for up to 970 ms (ACCESS EXCLUSIVE)`. */
export function lockText({ relation, mode, heldMs }: HeldLock): string {
  const what = lockedOut(mode) === "everybody" ? "everybody" : "writers";
  return `locks ${what} out of ${relation} for up to ${duration(heldMs)} (${mode})`;
}

/** `rewrites public.users (15 MB, about 300,000 rows)`. */
export function rewriteText({ table, bytes, rows }: TableChange): string {
  return `rewrites ${table} (${size(bytes)}, about ${many(rows, "row")})`;
}

/** The tables that a step wrote anew, largest first. */
export function rewritten({ tables }: MeasuredStep): TableChange[] {
  return tables.filter((table) => table.rewritten).toSorted((a, b) => b.bytes - a.bytes);
}

/** Rows that a step inserted, updated or deleted in tables that were there. */
export function rowsChanged({ tables }: MeasuredStep): number {
  return tables.reduce((sum, each) => sum + each.inserted + each.updated + each.deleted, 0);
}

/** `inserts 5, updates 1,000 and deletes 101 rows`; nothing where no row was changed. */
export function rowsText({ tables }: MeasuredStep): string | undefined {
  const sum = (of: (table: TableChange) => number) => tables.reduce((n, each) => n + of(each), 0);
  const changed = [
    ["inserts", sum(({ inserted }) => inserted)] as const,
    ["updates", sum(({ updated }) => updated)] as const,
    ["deletes", sum(({ deleted }) => deleted)] as const,
  ].filter(([, n]) => n > 0);
  const last = changed.at(-1);
  if (!last) return undefined;
  const before = changed.slice(0, -1).map(([verb, n]) => `${verb} ${number(n)}`).join(", ");
  return `${before}${before && " and "}${last[0]} ${many(last[1], "row")}`;
}

/** A downgrade's verdict in a word or two. */
export const DOWNGRADE: Readonly<Record<DowngradeVerdict, string>> = {
  lossless: "lossless",
  cosmetic: "cosmetic",
  differs: "differs",
  lossy: "lossy",
  fails: "fails",
  none: "none",
  "not-tried": "not tried",
};

/** A downgrade's verdict in a sentence without its end; nothing where there is nothing to say. */
export const DOWNGRADE_SENTENCE: Readonly<Record<DowngradeVerdict, string | undefined>> = {
  lossless: undefined,
  cosmetic: "its downgrade brings back all but the order of columns",
  differs: "its downgrade leaves another schema than before",
  lossy: "its downgrade does not bring all data back",
  fails: "its downgrade fails",
  none: "it has no way back: its downgrade is missing, or refuses",
  "not-tried": undefined,
};
