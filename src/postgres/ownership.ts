import { type Ownership, ownershipSchema } from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";
import { fixSettings } from "./fingerprint.ts";
import query from "./ownership.sql" with { type: "text" };

/** Reads who owns what and who may do what with it; sets the session's current transaction only. */
export async function readOwnership(transaction: Queryable): Promise<Ownership> {
  await fixSettings(transaction);
  const [row] = await transaction.unsafe<{ ownership: unknown }[]>(query);
  return ownershipSchema.parse(row?.ownership);
}

type Thing = Ownership["things"][number];

/** PostgreSQL 17 has one right on tables more: nobody who had all of them lacks it there. */
const ON_TABLES = new Set(["table", "view", "materialized view", "foreign table"]);

/** What differs between two, as the names of things; rights on what is not the database's own aside. */
export function ownershipDifferences(wanted: Ownership, got: Ownership): string[] {
  const [left, right] = [byName(wanted), byName(got)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  return names.filter((name) => left.get(name) !== right.get(name)).sort();
}

function byName({ owner, things, defaults }: Ownership): Map<string, string> {
  const own = things.filter(({ of, type, names }) =>
    of === undefined && !(type === "schema" && names[0] === "public")
  );
  return new Map([
    ["what most belongs to", owner ?? ""] as const,
    ...own.map((thing) => [nameOf(thing), told(thing, owner)] as const),
    ...defaults.map(({ role, schema, type, acl }) =>
      [
        `default privileges of "${role}" on ${type} in ${schema ?? "all schemas"}`,
        comparable(acl, type === "r"),
      ] as const
    ),
  ].filter(([, text]) => text !== told({}, owner)));
}

function told(
  { type = "", column, owner, acl }: Partial<Thing>,
  most: string | null,
): string {
  const whose = column === undefined ? owner ?? most : null;
  return JSON.stringify([whose, acl ? comparable(acl, ON_TABLES.has(type)) : null]);
}

/** `grantee=rights/grantor`: the right to maintain stands last, and names may have an `m`, too. */
const MAINTAIN = /^((?:"(?:[^"]|"")*"|[^"=])*=[a-zA-Z*]*?)m\*?(?=\/)/;

/** Rights in one order, whatever the order that they were given in. */
function comparable(acl: readonly string[], ofTable: boolean): string {
  const items = acl.map((item) => ofTable ? item.replace(MAINTAIN, "$1") : item);
  return JSON.stringify(items.toSorted());
}

/** Such as `table public.bids`. */
export function nameOf({ type, names, args = [], column }: Thing): string {
  const inside = args.length > 0 || type === "function" ? `(${args.join(", ")})` : "";
  return `${column === undefined ? "" : `column ${column} of `}${type} ${names.join(".")}${inside}`;
}
