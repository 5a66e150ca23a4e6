/** Names of numbers that differ from run to run and from machine to machine. */
const NUMBERS = /(bytes|^size|ms|versionNum|freeBytes|needed|free|oid|pid)$/i;

/** Names of texts that belong to the version of a program or an image, or to a server's life. */
const VERSIONS = /^(oakum|collationVersion|image|imageId|systemIdentifier|databaseOid|snapshot)$/;

/** What differs in texts, with what stands for it; the first that match win. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\bdb(\\?)_backup\\?_\d{8}\\?_\d{6}/g, "db$1_backup$1_TIME"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "TIME"],
  [/\b20\d\d[-_]?\d\d[-_]?\d\d[-_ T]?\d\d:?\d\d:?\d\d\b/g, "TIME"],
  [/\b(?:sha256:)?[0-9a-f]{64}\b/g, "SHA256"],
  [/\b[0-9a-f]{40}\b/g, "SHA1"],
  [/__(restore|verify|before)_[0-9a-z_]+/g, "__$1_RUN"],
  [/\ba moment ago\b|\b1 minute ago\b|\b\d+ minutes ago\b/g, "AGO"],
  [/ time="\d+\.\d{3}"/g, ' time="MEASURE"'],
  [/\b\d+ min \d+ s\b|\b\d+(?:\.\d+)? (?:ms|s|B|kB|MB|GB)\b/g, "MEASURE"],
  [/\b17\.\d+(?: \([^)]*\))?/g, "17.N"],
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
  if (key === "run") return "RUN";
  return maskedText(value, known);
}

/** The same of a text that is no JSON. */
export function maskedText(text: string, known: Readonly<Record<string, string>>): string {
  const own = Object.entries(known).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  return TEXTS.reduce((all, [pattern, to]) => all.replaceAll(pattern, to), own);
}
