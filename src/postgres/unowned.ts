import type { FingerprintRow, Manifest } from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";

/**
 * Extensions that are not marked as trusted, and give those who may use them no way to files,
 * programs, other servers or other users' rights: what they do to the server takes rights that an
 * ordinary user is not given with them.
 */
const HARMLESS = new Set(
  ("amcheck autoinc bloom btree_gin btree_gist citext cube dict_int dict_xsyn earthdistance " +
    "fuzzystrmatch hstore insert_username intagg intarray isn lo ltree moddatetime pageinspect " +
    "pg_buffercache pg_freespacemap pg_stat_statements pg_trgm pg_visibility pg_walinspect pgaudit " +
    "pgcrypto pgrowlocks pgstattuple plpgsql postgis postgis_topology refint seg sslinfo tablefunc " +
    "tcn tsm_system_rows tsm_system_time unaccent uuid-ossp vector").split(" "),
);

/** Those whose tables a dump may fill: what stands there makes nobody do anything. */
const FILLABLE = new Set(["postgis"]);

/** Whether rows of a dump may go into the tables of an extension. */
export function isFillable(extension: string): boolean {
  return FILLABLE.has(extension);
}

/** The extensions among these that the owner of a database may have without being given power. */
export async function harmlessExtensions(
  sql: Queryable,
  names: readonly string[],
): Promise<string[]> {
  const trusted = await sql<{ name: string }[]>`
    select e.name from pg_available_extensions e join pg_available_extension_versions v
      on v.name = e.name and v.version = e.default_version
    where v.trusted and e.name = any(${[...names]}::text[])`;
  const known = new Set(trusted.map(({ name }) => name));
  return names.filter((name) => HARMLESS.has(name) || known.has(name));
}

/** Kinds of a fingerprint's rows that only a superuser can make. */
const BY_SUPERUSERS = new Set([
  ...["access method", "event trigger", "foreign-data wrapper", "language", "operator class"],
  ...["operator family", "server"],
]);

/**
 * What a database has, by its manifest, that its owner could not have made without more rights than
 * that; such as `event trigger log_drops`.
 */
export async function beyondAnOwner(
  sql: Queryable,
  { database: { extensions }, fingerprint }: Pick<Manifest, "database" | "fingerprint">,
): Promise<string[]> {
  const names = extensions.map(({ name }) => name);
  const harmless = new Set(await harmlessExtensions(sql, names));
  const made = constructors(fingerprint.rows);
  const isBeyond = (row: FingerprintRow) => takesPower(row) && !made.has(row[1].split("(")[0]!);
  return [
    ...names.filter((name) => !harmless.has(name)).map((name) => `extension ${name}`),
    ...fingerprint.rows.filter(isBeyond).map(([kind, ident]) => `${kind} ${ident}`),
  ];
}

/** Functions that come with a range type, in the server's own language. */
function constructors(rows: readonly FingerprintRow[]): Set<string> {
  const ranges = rows.filter(([kind]) => kind === "range");
  return new Set(
    ranges.flatMap(([, name, def]) => [name, /multirange=(.*)$/.exec(def)?.[1] ?? name]),
  );
}

function takesPower([kind, , def]: FingerprintRow): boolean {
  if (kind === "publication") return def.startsWith("t ");
  if (kind !== "routine") return BY_SUPERUSERS.has(kind);
  const [head = ""] = def.split(/\nAS /);
  return /^ LANGUAGE (c|internal)\b/m.test(head) || /^ .*\bLEAKPROOF\b/m.test(head);
}
