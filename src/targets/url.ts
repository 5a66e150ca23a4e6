/** Where an address leads, as far as its text says. */
export type Whereabouts =
  /** In the order in which they are tried; libpq takes several. */
  | { readonly kind: "tcp"; readonly endpoints: readonly Endpoint[] }
  /** A socket's folder; undefined is libpq's own default. */
  | { readonly kind: "socket"; readonly folder: string | undefined; readonly port: number }
  /** A name or a user without a host, which the app's code must know. */
  | { readonly kind: "unstated"; readonly port: number | undefined };

/** A host and a port as an app dials them. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A database's address; the password is a secret and is never printed. */
export interface DatabaseUrl {
  readonly where: Whereabouts;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Decoded, as libpq and asyncpg read it. */
  readonly database: string | undefined;
  /** As SQLAlchemy reads it: not decoded. */
  readonly verbatimDatabase: string | undefined;
  readonly sslmode: string | undefined;
}

/** PostgreSQL's port where none is stated. */
export const DEFAULT_PORT = 5432;

const SCHEME = /^(?:postgres|postgresql|pgsql|postgis|timescale|timescaledb)(?:\+\w+)?:\/\//i;

// The user ends at the first colon, the password at the last @ before the host: what people paste
// into a password (/, ?, #, %) is rarely encoded, and SQLAlchemy does not ask for it.
const PARTS = /^(?:([^:/?@]*)(?::([^@]*(?:@[^@/?]*)*))?@)?([^@/?]*)(?:\/([^?]*))?(?:\?(.*))?$/su;

/** Reads `postgresql+asyncpg://user:password@host:port/name?…`; undefined for any other text. */
export function parseUrl(text: string): DatabaseUrl | undefined {
  const scheme = SCHEME.exec(text.trim());
  if (!scheme) return undefined;
  const parts = PARTS.exec(text.trim().slice(scheme[0].length));
  if (!parts) return undefined;
  const [, user, password, hosts = "", database, query] = parts;
  const asked = new URLSearchParams(query ?? "");
  const where = whereabouts(hosts, asked);
  if (!where) return undefined;
  return {
    where,
    user: decoded(user) || asked.get("user") || undefined,
    password: decoded(password) ?? asked.get("password") ?? undefined,
    database: decoded(database) || asked.get("dbname") || undefined,
    verbatimDatabase: database || undefined,
    sslmode: asked.get("sslmode") ?? asked.get("ssl") ?? undefined,
  };
}

function whereabouts(hosts: string, asked: URLSearchParams): Whereabouts | undefined {
  const ports = asked.getAll("port").flatMap((port) => port.split(","));
  const named = [...asked.getAll("host"), ...asked.getAll("unix_sock")]
    .flatMap((host) => host.split(","));
  const texts = named.length > 0 ? named : hosts.split(",").filter((host) => host !== "");
  const endpoints = texts.map((text, at) => endpoint(text, ports[at] ?? ports[0]));
  if (endpoints.some((found) => found === undefined)) return undefined;
  const [first] = endpoints;
  if (first?.host.startsWith("/")) {
    return { kind: "socket", folder: socketFolder(first.host), port: first.port };
  }
  if (first) return { kind: "tcp", endpoints: endpoints as Endpoint[] };
  return { kind: "socket", folder: undefined, port: Number(ports[0] ?? DEFAULT_PORT) };
}

/** `host`, `host:5433`, `[::1]:5433`, `%2Fvar%2Frun`; undefined where the port is none. */
function endpoint(text: string, queryPort: string | undefined): Endpoint | undefined {
  const bracketed = /^\[([^\]]+)\](?::(\d*))?$/.exec(text);
  const plain = /^([^:]*)(?::(\d*))?$/.exec(text);
  // Colons that lead to no port are those of a bare IPv6 address.
  if (!bracketed && !plain && !/^[\da-f:.]+$/i.test(text)) return undefined;
  const [, host = text, port] = bracketed ?? plain ?? [];
  const number = Number(port || queryPort || DEFAULT_PORT);
  if (host === "" || !Number.isInteger(number) || number < 1 || number > 65535) return undefined;
  return { host: decoded(host) ?? host, port: number };
}

/** pg8000 is given the socket itself, everything else its folder. */
function socketFolder(path: string): string {
  return path.replace(/\/\.s\.PGSQL\.\d+$/, "").replace(/(?<=.)\/+$/, "");
}

/** Percent-decodes; a text with a lone % is what it is. */
function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const DSN_PAIR = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))/gy;

/** Reads libpq's `host=db dbname=shop user=…`; undefined for any other text. */
export function parseDsn(text: string): DatabaseUrl | undefined {
  const pairs = new Map<string, string>();
  let end = 0;
  for (const match of text.matchAll(DSN_PAIR)) {
    pairs.set(match[1]!, (match[2] ?? match[3] ?? "").replaceAll(/\\(.)/gs, "$1"));
    end = match.index + match[0].length;
  }
  const host = pairs.get("hostaddr") ?? pairs.get("host");
  if (text.slice(end).trim() !== "" || (host === undefined && !pairs.has("dbname"))) return;
  const where = whereabouts(
    "",
    new URLSearchParams(
      [...pairs].filter(([key]) => key === "port").concat(
        host === undefined ? [] : [["host", host]],
      ),
    ),
  );
  if (!where) return undefined;
  const database = pairs.get("dbname");
  return {
    where,
    user: pairs.get("user"),
    password: pairs.get("password"),
    database,
    verbatimDatabase: database,
    sslmode: pairs.get("sslmode"),
  };
}
