import type { ContainerDetail } from "../../docker/shapes.ts";
import type { AppShell } from "./run_command.ts";

const SECRET_NAME = /pass|secret|token|key|credential|auth|dsn|salt/i;
/** Shorter ones are found in any text. */
const SHORTEST = 6;
const URL_PASSWORD = /(:\/\/[^\s:/@"']*):([^\s"'@]*)@/g;
const WORD_PASSWORD = /(\bpassword["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;}]+)/gi;

/** What of an app's variables is not for anybody's eyes: secrets by their names, passwords in addresses. */
export function secretsOf({ Config: { Env } }: ContainerDetail, shell: AppShell): string[] {
  const own = Env.map((pair) =>
    [pair.split("=", 1)[0]!, pair.slice(pair.indexOf("=") + 1)] as const
  );
  return [...own, ...Object.entries(shell.environment)].flatMap(([name, value]) => [
    ...SECRET_NAME.test(name) ? [value] : [],
    ...[...value.matchAll(URL_PASSWORD)].map(([, , password]) => password!),
  ]).filter((value) => value.length >= SHORTEST);
}

/** What an app printed, without those and without passwords that look like ones. */
export function scrubbed(text: string, secrets: readonly string[]): string {
  const plain = text.replaceAll(URL_PASSWORD, "$1:***@").replaceAll(WORD_PASSWORD, "$1***");
  // The longest first: a shorter one may be a part of it.
  const all = secrets.toSorted((a, b) => b.length - a.length);
  return all.reduce((rest, secret) => rest.replaceAll(secret, "***"), plain);
}
