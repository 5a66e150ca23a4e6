const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** `812 B`, `1.4 MB`, `23 GB`: bytes in decimal units, as `docker` and `ls --si` print them. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 999.5 && unit < UNITS.length - 1);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}
