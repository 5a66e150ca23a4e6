/** Where a file of the app's container lies in the repository; undefined where nobody knows. */
export type HostPath = (file: string) => string | undefined;

/** The files that a report names, as the app's container has them. */
export function filesIn(report: unknown): string[] {
  const files = new Set<string>();
  mapPlaces(report, (file) => {
    files.add(file);
    return file;
  });
  return [...files];
}

/**
 * The same report with its files as they lie in the repository. Those that nobody knows there stay as
 * the app's container has them.
 */
export function inRepository<T>(report: T, hostPath: HostPath): T {
  return mapPlaces(report, (file) => hostPath(file) ?? file) as T;
}

/** A line of a traceback begins with its place: `/srv/app/versions/a.py:21: op.drop_table("a")`. */
const PLACE = /^(\/.*?)(?=:\d+(?::|$))/;

function mapPlaces(value: unknown, map: (file: string) => string, key = ""): unknown {
  if (typeof value === "string") {
    if (key === "file") return map(value);
    return key === "details" ? value.replace(PLACE, map) : value;
  }
  if (Array.isArray(value)) return value.map((one) => mapPlaces(one, map, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, mapPlaces(one, map, name)]),
  );
}
