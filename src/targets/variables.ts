import { type DatabaseUrl, DEFAULT_PORT, parseDsn, parseUrl, type Whereabouts } from "./url.ts";

/** Variables by name; values are secrets until proved otherwise. */
export type Variables = Readonly<Record<string, string>>;

/** The form of a verb after where an address comes from: a variable, or several with its parts. */
export function agreeing(from: string, one: string, several: string): string {
  return from.includes(", ") ? several : one;
}

/** A database's address as an app is given it, with the variables that it was read from. */
export interface Address extends DatabaseUrl {
  /** `DATABASE_URL`, or `DB_HOST, DB_NAME …` where it comes in parts. */
  readonly from: string;
  /** The variable that holds a whole address. */
  readonly whole: string | undefined;
  /** The variables that hold its parts. */
  readonly hostVariable: string | undefined;
  readonly portVariable: string | undefined;
  readonly databaseVariable: string | undefined;
  /** How likely it is that migrations use it; lower is likelier. */
  readonly rank: number;
}

/** By these names frameworks and templates read a whole address; the order is the preference. */
const WHOLE = [
  "DATABASE_URL",
  "SQLALCHEMY_DATABASE_URI",
  "SQLALCHEMY_DATABASE_URL",
  "SQLALCHEMY_URL",
  "DATABASE_URI",
  "DATABASE_DSN",
  "DB_URL",
  "DB_URI",
  "DB_DSN",
  "POSTGRES_URL",
  "POSTGRES_URI",
  "POSTGRES_DSN",
  "POSTGRESQL_URL",
  "PG_URL",
  "PG_DSN",
] as const;

const FOR_MIGRATIONS = /ALEMBIC|MIGRAT/;
/** Addresses that migrations are not meant for: test databases, replicas, reporting. */
const NOT_MEANT =
  /(^|_)(TEST(ING|S)?|REPLICAS?|READ(ER|ONLY)?|RO|SLAVE|ANALYTICS|SHADOW|CACHE)(_|$)/;

/** How likely it is that migrations use an address, by where it stands. */
export const RANK = {
  /** What env.py says itself. */
  scripts: -1,
  forMigrations: 0,
  whole: 1,
  parts: 2,
  otherWhole: 3,
  inFile: 4,
  unstated: 5,
} as const;

/** Every address that the variables hold, likeliest first. */
export function addressesIn(variables: Variables): Address[] {
  const found = [...wholeAddresses(variables), ...addressesInParts(variables)];
  return found.sort((a, b) => a.rank - b.rank);
}

function wholeAddresses(variables: Variables): Address[] {
  const order = (name: string) => {
    const at = (WHOLE as readonly string[]).indexOf(name.toUpperCase());
    return at < 0 ? WHOLE.length : at;
  };
  const names = Object.keys(variables).sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  return names.flatMap((name) => {
    const known = order(name) < WHOLE.length;
    const text = variables[name] ?? "";
    const upper = name.toUpperCase();
    if (NOT_MEANT.test(upper)) return [];
    const url = parseUrl(text) ?? (known ? parseDsn(text) : undefined);
    if (!url) return [];
    const rank = FOR_MIGRATIONS.test(upper)
      ? RANK.forMigrations
      : known
      ? RANK.whole
      : RANK.otherWhole;
    return [{
      ...url,
      from: name,
      whole: name,
      hostVariable: undefined,
      portVariable: undefined,
      databaseVariable: undefined,
      rank,
    }];
  });
}

/** What a part of an address is called behind a stem such as `DB_` or `POSTGRES_`. */
const PARTS = {
  host: /^(HOST|HOSTNAME|SERVER|ADDRESS|ADDR|HOSTADDR)$/,
  port: /^PORT$/,
  database: /^(DB|NAME|DBNAME|DB_?NAME|DATABASE|DATABASE_?NAME)$/,
  user: /^(USER|USERNAME)$/,
  password: /^(PASSWORD|PASS|PWD|PASSWD)$/,
} as const;

type Part = keyof typeof PARTS;

/** `DB_HOST`, `APP__DATABASE__HOST`, `PGHOST`: a stem and a part. */
const STEMMED =
  /^((?:.*?_)??(?:(?:POSTGRESQL|POSTGRES|DATABASE|DB|SQL|RDS|PG)(?=_)|PG))_{0,2}([A-Z]+(?:_?[A-Z]+)?)$/;

interface PartsOfOne {
  readonly names: Partial<Record<Part, string>>;
}

function addressesInParts(variables: Variables): Address[] {
  const stems = new Map<string, PartsOfOne>();
  for (const name of Object.keys(variables).sort()) {
    const [, stem, word] = STEMMED.exec(name.toUpperCase()) ?? [];
    if (!stem || !word || NOT_MEANT.test(stem)) continue;
    const part = (Object.keys(PARTS) as Part[]).find((key) => PARTS[key].test(word));
    if (!part || !variables[name]) continue;
    const known = stems.get(stem) ?? { names: {} };
    known.names[part] ??= name;
    stems.set(stem, known);
  }
  return [...stems.values()].flatMap(({ names }) => {
    const address = addressOf(names, variables);
    return address ? [address] : [];
  });
}

function addressOf(names: PartsOfOne["names"], variables: Variables): Address | undefined {
  const value = (part: Part) => names[part] && variables[names[part]];
  const where = whereabouts(value("host"), value("port"));
  // A port, a user or a password alone says nothing about a database.
  if (!where || (where.kind === "unstated" && !names.database)) return undefined;
  const database = value("database");
  return {
    where,
    user: value("user"),
    password: value("password"),
    database,
    verbatimDatabase: database,
    sslmode: undefined,
    from: [names.host, names.database, names.user].filter(Boolean).join(", "),
    whole: undefined,
    hostVariable: names.host,
    portVariable: names.port,
    databaseVariable: names.database,
    rank: where.kind === "unstated" ? RANK.unstated : RANK.parts,
  };
}

function whereabouts(host: string | undefined, port: string | undefined): Whereabouts | undefined {
  // Docker's old links set POSTGRES_PORT=tcp://…; that is no port.
  const number = port && /^\d+$/.test(port) ? Number(port) : undefined;
  if (!host) return { kind: "unstated", port: number };
  if (host.startsWith("/")) return { kind: "socket", folder: host, port: number ?? DEFAULT_PORT };
  // Some put host and port into one variable, or a whole address.
  const url = parseUrl(host) ?? parseUrl(`postgres://${host}`);
  if (url?.where.kind !== "tcp") return undefined;
  const endpoints = url.where.endpoints.map((endpoint) => ({
    host: endpoint.host,
    port: /:\d+$/.test(host) ? endpoint.port : number ?? endpoint.port,
  }));
  return { kind: "tcp", endpoints };
}

/** Whether a variable of this name is, or is part of, a database's address. */
export function isAddressVariable(name: string): boolean {
  const upper = name.toUpperCase();
  if ((WHOLE as readonly string[]).includes(upper) || /_(URL|URI|DSN)$/.test(upper)) return true;
  const word = STEMMED.exec(upper)?.[2];
  const parts = Object.values(PARTS);
  return word !== undefined && parts.some((part) => part.test(word)) ||
    upper.endsWith("POSTGRES_PASSWORD");
}
