const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
/** Docker's own units of memory are single letters, and binary. */
const MEMORY: Readonly<Record<string, number>> = { ...BYTES, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** What a duration looks like, in words. */
export const DURATION = "a duration such as 500ms, 3s, 2min or 1h";
/** What a size looks like, in words. */
export const SIZE = "a size such as 512kB, 100MB or 2GiB";
/** What an amount of memory looks like, in words. */
export const MEMORY_SIZE = "an amount of memory such as 512m or 2g";

/** The milliseconds that a duration says, or nothing where it is none. */
export function parseDuration(text: string): number | undefined {
  return quantity(text, MILLISECONDS);
}

/** The bytes that a size says (`MB` decimal, `MiB` binary), or nothing where it is none. */
export function parseSize(text: string): number | undefined {
  return quantity(text, BYTES);
}

/** The bytes that Docker would read (`2g` is binary), or nothing. */
export function parseMemory(text: string): number | undefined {
  return quantity(text, MEMORY);
}

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?) ?([a-z]{1,3})$/i.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  if (number === undefined || factor === undefined) return undefined;
  const value = Math.round(Number(number) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}
