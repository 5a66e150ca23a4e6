import { fileStamp } from "../core/time.ts";

/** PostgreSQL cuts a longer name without a word (NAMEDATALEN - 1). */
const NAME_BYTES = 63;

/** The first bytes of a text, never a part of a character. */
export function cutToBytes(text: string, bytes: number): string {
  let kept = "";
  let left = bytes;
  for (const character of text) {
    left -= new TextEncoder().encode(character).length;
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

/** A name with a suffix that is never cut off: the name gives way. */
export function suffixedName(name: string, suffix: string): string {
  return cutToBytes(name, NAME_BYTES - new TextEncoder().encode(suffix).length) + suffix;
}

/** The database that a restore loads into: `shop__restore_5f0c2a91be`. */
export function freshName(name: string, runId: string): string {
  return suffixedName(name, `__restore_${runId}`);
}

/**
 * The database that a restore replaced: `shop__before_20261122_143914`, with `_2` behind it where
 * that second's name is taken.
 */
export function keptName(name: string, at: Date, taken: ReadonlySet<string> = new Set()): string {
  const suffix = `__before_${fileStamp(at)}`;
  let free = suffixedName(name, suffix);
  for (let n = 2; taken.has(free); n++) free = suffixedName(name, `${suffix}_${n}`);
  return free;
}

/** Whether a database that was replaced at an instant may have got a name. */
export function isKeptName(kept: string, name: string, at: Date): boolean {
  const [suffix] = /__before_\d{8}_\d{6}(_\d+)?$/.exec(kept) ?? [];
  return suffix !== undefined && suffix.startsWith(`__before_${fileStamp(at)}`) &&
    kept === suffixedName(name, suffix);
}

/**
 * Whether a name has the shape of one that oakum gives. Never a reason to skip or drop anything:
 * only to ask about a database that carries no mark.
 */
export function looksLikeOurs(name: string): boolean {
  return /__restore_[0-9a-f]{10}$|__before_\d{8}_\d{6}(_\d+)?$/.test(name);
}
