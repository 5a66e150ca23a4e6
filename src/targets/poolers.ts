import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { variablesOf } from "./environment.ts";
import { readText } from "./files.ts";
import type { Endpoint } from "./url.ts";
import { addressesIn, type Variables } from "./variables.ts";

/** Where a pooler leads a database that it is asked for. */
export interface Upstream {
  /** The name by which the pooler is asked; `*` is any other. */
  readonly alias: string;
  readonly endpoint: Endpoint;
  /** What it is called on the server; undefined keeps the name. */
  readonly database: string | undefined;
}

const FILES = [
  "/etc/pgbouncer/pgbouncer.ini",
  "/opt/bitnami/pgbouncer/conf/pgbouncer.ini",
  "/bitnami/pgbouncer/conf/pgbouncer.ini",
  "/etc/pgcat/pgcat.toml",
  "/etc/odyssey/odyssey.conf",
  "/opt/bitnami/pgpool/conf/pgpool.conf",
  "/etc/pgpool-II/pgpool.conf",
  "/etc/pgpool2/pgpool.conf",
] as const;

/** Reads where a pooler leads: from the file that it runs with, else from its environment. */
export async function upstreams(engine: Engine, pooler: ContainerDetail): Promise<Upstream[]> {
  for (const path of configFiles(pooler)) {
    const text = await readText(engine, pooler.Id, path);
    const found = text === undefined ? [] : parsePoolerFile(text);
    if (found.length > 0) return found;
  }
  return poolerVariables(variablesOf(pooler.Config.Env));
}

/** Files that the command names come first. */
function configFiles({ Config }: ContainerDetail): string[] {
  const named = [...Config.Entrypoint, ...Config.Cmd]
    .filter((word) => /^\/.*\.(ini|toml|conf)$/.test(word));
  return [...new Set([...named, ...FILES])];
}

/** Reads pgbouncer.ini, pgcat.toml, odyssey.conf or pgpool.conf, by what is in it. */
export function parsePoolerFile(text: string): Upstream[] {
  if (/^\s*\[databases\]/m.test(text)) return parseBouncer(text);
  if (/^\s*\[pools\./m.test(text)) return parsePgcat(text);
  if (/^\s*backend_hostname\d+/m.test(text)) return parsePgpool(text);
  return parseOdyssey(text);
}

function parseBouncer(text: string): Upstream[] {
  const section = text.slice(text.search(/^\s*\[databases\]/m)).split("\n").slice(1);
  const end = section.findIndex((line) => /^\s*\[/.test(line));
  return section.slice(0, end < 0 ? undefined : end).flatMap((line) => {
    const [, quoted, plain, rest = ""] =
      /^\s*(?:"((?:[^"]|"")*)"|([^\s=;#"]+))\s*=\s*(.*)$/.exec(line) ?? [];
    const alias = quoted?.replaceAll('""', '"') ?? plain;
    const host = bouncerValue(rest, "host");
    if (!alias || !host) return [];
    return [{
      alias,
      // Several hosts are taken in turn; they are copies of each other.
      endpoint: { host: host.split(",")[0]!, port: Number(bouncerValue(rest, "port") ?? 5432) },
      database: bouncerValue(rest, "dbname"),
    }];
  });
}

function bouncerValue(text: string, key: string): string | undefined {
  const [, quoted, plain] = new RegExp(`(?:^|\\s)${key}\\s*=\\s*(?:'((?:[^']|'')*)'|(\\S+))`)
    .exec(text) ?? [];
  return quoted?.replaceAll("''", "'") ?? plain;
}

function parsePgcat(text: string): Upstream[] {
  const found: Upstream[] = [];
  let pool: string | undefined;
  let servers: Endpoint | undefined;
  for (const line of text.split("\n")) {
    pool = /^\s*\[pools\."?([^\].".]+)"?/.exec(line)?.[1] ?? pool;
    const [, host, port] = /\[\s*"([^"]+)"\s*,\s*(\d+)\s*,\s*"(?:primary|auto)"/i.exec(line) ?? [];
    if (host && port) servers = { host, port: Number(port) };
    const database = /^\s*database\s*=\s*"([^"]+)"/.exec(line)?.[1];
    if (pool && servers && database) {
      found.push({ alias: pool, endpoint: servers, database });
      servers = undefined;
    }
  }
  return found;
}

function parsePgpool(text: string): Upstream[] {
  const host = /^\s*backend_hostname0\s*=\s*'([^']+)'/m.exec(text)?.[1];
  const port = /^\s*backend_port0\s*=\s*'?(\d+)/m.exec(text)?.[1];
  return host ? [any({ host, port: Number(port ?? 5432) })] : [];
}

function parseOdyssey(text: string): Upstream[] {
  const storage = /^\s*storage\b[^{]*\{([^}]*)\}/m.exec(text)?.[1] ?? "";
  const host = /^\s*host\s+"([^"]+)"/m.exec(storage)?.[1];
  const port = /^\s*port\s+(\d+)/m.exec(storage)?.[1];
  return host ? [any({ host, port: Number(port ?? 5432) })] : [];
}

/** The variables by which the images of poolers are set up. */
export function poolerVariables(variables: Variables): Upstream[] {
  const nodes = /^(?:\d+:)?([^:,]+):(\d+)/.exec(variables.PGPOOL_BACKEND_NODES ?? "");
  if (nodes) return [any({ host: nodes[1]!, port: Number(nodes[2]) })];
  const parts = addressesIn(withoutOwn(variables));
  const found = parts.find(({ where }) => where.kind === "tcp");
  if (found?.where.kind !== "tcp") return [];
  return found.where.endpoints.slice(0, 1).map(any);
}

/** What the pooler itself listens on is not where it leads. */
function withoutOwn(variables: Variables): Variables {
  const own = /^(PGBOUNCER_(PORT|DATABASE|LISTEN.*)|LISTEN_.*|PGPOOL_PORT.*)$/;
  const others = Object.entries(variables).filter(([name]) => !own.test(name));
  return Object.fromEntries(
    others.map(([name, value]) => [name.replace(/^DATABASES_/, "DATABASE_"), value]),
  );
}

function any(endpoint: Endpoint): Upstream {
  return { alias: "*", endpoint, database: undefined };
}

/** The upstream that serves a database's name. */
export function upstreamOf(
  upstreams: readonly Upstream[],
  database: string | undefined,
): Upstream | undefined {
  return upstreams.find(({ alias }) => alias === database) ??
    upstreams.find(({ alias }) => alias === "*") ??
    (database === undefined ? upstreams[0] : undefined);
}
