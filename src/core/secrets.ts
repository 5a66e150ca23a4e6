const SECRET_NAME = /pass|secret|token|key|credential|auth|dsn|salt/i;
/** Shorter ones are found in any text. */
const SHORTEST = 6;
const URL_PASSWORD = /(:\/\/[^\s:/@"']*):([^\s"'@]*)@/g;
const WORD_PASSWORD = /(\bpassword["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;}]+)/gi;

/** What of variables is not for anybody's eyes: secrets by their names, passwords in addresses. */
export function secretValues(variables: Iterable<readonly [string, string]>): string[] {
  return [...variables].flatMap(([name, value]) => [
    ...SECRET_NAME.test(name) ? [value] : [],
    ...[...value.matchAll(URL_PASSWORD)].map(([, , password]) => password!),
  ]).filter((value) => value.length >= SHORTEST);
}

/** What others printed, without those and without passwords that look like ones. */
export function scrubbed(text: string, secrets: readonly string[]): string {
  const plain = text.replaceAll(URL_PASSWORD, "$1:***@").replaceAll(WORD_PASSWORD, "$1***");
  // The longest first: a shorter one may be a part of it.
  const all = secrets.toSorted((a, b) => b.length - a.length);
  return all.reduce((rest, secret) => rest.replaceAll(secret, "***"), plain);
}

/** Variables as a container has them, `NAME=value`. */
export function variablesOf(pairs: readonly string[]): (readonly [string, string])[] {
  return pairs.map((pair) => [pair.split("=", 1)[0]!, pair.slice(pair.indexOf("=") + 1)]);
}
