import type { Engine } from "../docker/engine.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { canRun } from "./environment.ts";
import { readText } from "./files.ts";
import { isAddressVariable, type Variables } from "./variables.ts";

/** Variables with those read from `NAME_FILE` secrets, and where each came from. */
export interface Resolved {
  readonly variables: Variables;
  /** `POSTGRES_PASSWORD`, or `POSTGRES_PASSWORD_FILE (/run/secrets/password)`. */
  from(name: string): string;
}

/** Reads the files that `NAME_FILE` variables point to, where `NAME` is part of an address. */
export async function secretsResolved(
  engine: Engine,
  container: ContainerDetail,
  variables: Variables,
): Promise<Resolved> {
  const found: Record<string, string> = {};
  const places: Record<string, string> = {};
  for (const [variable, path] of Object.entries(variables)) {
    const name = variable.replace(/_FILE$/, "");
    if (name === variable || !path.startsWith("/") || !isAddressVariable(name)) continue;
    if (variables[name]) continue;
    const text = await secret({ engine, id: container.Id }, container, path);
    if (text === undefined) continue;
    // As the images read it, by the shell's $(<file): every line feed at the end goes, and no more.
    found[name] = text.replace(/\n+$/, "");
    places[name] = `${variable} (${path})`;
  }
  return { variables: { ...variables, ...found }, from: (name) => places[name] ?? name };
}

/** By the archive API; a secret that lies in memory (swarm's do) only a process inside can read. */
async function secret(
  host: CommandHost,
  container: ContainerDetail,
  path: string,
): Promise<string | undefined> {
  const text = await readText(host.engine, host.id, path);
  if (text !== undefined || !canRun(container)) return text;
  const { code, stdout } = await runCommand(host, { cmd: ["cat", path] });
  return code === 0 ? stdout : undefined;
}
