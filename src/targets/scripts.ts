import type { ContainerDetail } from "../docker/shapes.ts";
import type { Look } from "./environment.ts";
import type { Sighting } from "./sightings.ts";
import { DEFAULT_PORT, type Whereabouts } from "./url.ts";
import type { Address } from "./variables.ts";

/** Where an app's own `env.py` leads, as its engine's URL says; never with the password. */
export interface ScriptUrl {
  readonly host: string | null;
  readonly port: number | null;
  readonly database: string | null;
  readonly user: string | null;
  /** `host` and `port` of the URL's query. */
  readonly query_host?: string | null;
  readonly query_port?: string | null;
}

/**
 * Asks the migration scripts of a running app where they lead: one answer for each database,
 * undefined where they cannot be asked. Discovery asks only where the environment is not clear.
 */
export type AskScripts = (app: {
  readonly container: ContainerDetail;
  readonly look: Look;
  readonly alembic: Sighting;
}) => Promise<readonly ScriptUrl[] | undefined>;

/** What the scripts answered, as an address; nothing is likelier. */
export function scriptAddress(url: ScriptUrl): Address {
  const database = url.database ?? undefined;
  return {
    where: whereabouts(url),
    user: url.user ?? undefined,
    password: undefined,
    database,
    verbatimDatabase: database,
    sslmode: undefined,
    from: "env.py",
    whole: undefined,
    hostVariable: undefined,
    portVariable: undefined,
    databaseVariable: undefined,
    rank: -1,
  };
}

function whereabouts({ host, port, query_host, query_port }: ScriptUrl): Whereabouts {
  const hosts = (query_host ?? host ?? "").split(",").filter((one) => one !== "");
  const ports = String(query_port ?? port ?? DEFAULT_PORT).split(",").map(Number);
  const first = ports[0] ?? DEFAULT_PORT;
  if (hosts.length === 0) return { kind: "socket", folder: undefined, port: first };
  if (hosts[0]!.startsWith("/")) return { kind: "socket", folder: hosts[0], port: first };
  const endpoints = hosts.map((one, at) => ({ host: one, port: ports[at] ?? first }));
  return { kind: "tcp", endpoints };
}
