/** Names of numbers that differ from run to run and from machine to machine. */
const NUMBERS = /(bytes|^size|ms|versionNum|freeBytes|needed|free|oid|pid)$/i;

/** Names of texts that belong to the version of a program or an image. */
const VERSIONS = /^(oakum|collationVersion|image|imageId)$/;

/** What differs in texts, with what stands for it; the first that match win. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\bdb_backup_\d{8}_\d{6}/g, "db_backup_TIME"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "TIME"],
  [/\b20\d\d[-_]?\d\d[-_]?\d\d[-_ T]?\d\d:?\d\d:?\d\d\b/g, "TIME"],
  [/\b(?:sha256:)?[0-9a-f]{64}\b/g, "SHA256"],
  [/\b[0-9a-f]{40}\b/g, "SHA1"],
  [/__(restore|verify|before)_[0-9a-z_]+/g, "__$1_RUN"],
  [/\b17\.\d+(?: \([^)]*\))?/g, "17.N"],
  [/\b\d+(?:\.\d+)? (?:ms|s|B|kB|MB|GB)\b/g, "MEASURE"],
];

/**
 * A JSON document as text in which whatever a run decides is masked; `known` are texts of this very
 * run, such as the folder, with what stands for them.
 */
export function masked(document: string, known: Readonly<Record<string, string>>): string {
  const value: unknown = JSON.parse(document, (key, each) => maskedValue(key, each, known));
  return `${JSON.stringify(value, null, 2)}\n`;
}

function maskedValue(key: string, value: unknown, known: Readonly<Record<string, string>>) {
  if (typeof value === "number") return NUMBERS.test(key) ? "N" : value;
  if (typeof value !== "string") return value;
  if (VERSIONS.test(key)) return "VERSION";
  const own = Object.entries(known).reduce((text, [from, to]) => text.replaceAll(from, to), value);
  return TEXTS.reduce((text, [pattern, to]) => text.replaceAll(pattern, to), own);
}
