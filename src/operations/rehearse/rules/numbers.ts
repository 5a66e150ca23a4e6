/** `1,000,000`: a whole number as people read it. */
export function number(value: number): string {
  return value.toLocaleString("en");
}

/** `1 row`, `12,000 rows`. */
export function rows(value: number): string {
  return `${number(value)} ${value === 1 ? "row" : "rows"}`;
}

/** `a`, `a and b`, `a, b and c`; after `most` of them `and 5 more`. */
export function listed(names: readonly string[], most = 6): string {
  const shown = names.length > most ? [...names.slice(0, most - 1)] : [...names];
  const left = names.length - shown.length;
  const all = left > 0 ? [...shown, `${left} more`] : shown;
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
