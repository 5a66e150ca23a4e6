import { OakumError } from "../core/errors.ts";
import type { Queryable, Sql } from "./connection.ts";
import { inTransaction } from "./held.ts";
import { setComment } from "./marks.ts";
import { type DatabaseGrant, type DatabaseProperties, readProperties } from "./properties.ts";
import { execute } from "./statement.ts";
import { leftOutText, unknownToServer } from "./unknown_setting.ts";

/** Settings that hold a list of names: as one literal they would become a single odd name. */
const LISTS = new Set([
  "search_path",
  "temp_tablespaces",
  "local_preload_libraries",
  "session_preload_libraries",
]);

/**
 * Gives a database the owner, rights, connection limit, comment and settings of another one, all or
 * none, and reads them back: what cannot be carried exactly is an error, not a surprise later. Only a
 * setting whose value this server does not know, such as a time zone of before, is left out: no session
 * ever had it. Answers with what was, in sentences.
 */
export async function carryOver(
  sql: Sql,
  properties: DatabaseProperties,
  to: string,
): Promise<string[]> {
  return await inTransaction(sql, async (transaction) => {
    await execute(transaction, "alter database %I owner to %I", to, properties.owner);
    await carryGrants(transaction, properties, to);
    await carryRest(transaction, properties, to);
    const settings: Setting[] = [];
    const warnings: string[] = [];
    for (const setting of properties.settings) {
      const unknown = await unknownToServer(
        transaction,
        () => carrySetting(transaction, setting, to),
      );
      if (unknown === undefined) settings.push(setting);
      else {
        const { role, name } = setting;
        const whose = role === null ? "The database's" : `The role "${role}"'s own`;
        warnings.push(leftOutText(whose, name, unknown));
      }
    }
    await assertCarried(transaction, { ...properties, settings }, to);
    return warnings;
  });
}

type Setting = DatabaseProperties["settings"][number];

async function carryRest(
  sql: Queryable,
  { connectionLimit, isTemplate, comment }: DatabaseProperties,
  to: string,
): Promise<void> {
  // -2 is an interrupted DROP, not a limit.
  const limit = String(Math.max(-1, connectionLimit));
  await execute(sql, "alter database %I connection limit %s", to, limit);
  if (isTemplate) await execute(sql, "alter database %I is_template true", to);
  await setComment(sql, to, comment);
}

async function carryGrants(
  sql: Queryable,
  { owner, grants }: DatabaseProperties,
  to: string,
): Promise<void> {
  await execute(sql, "revoke all on database %I from public", to);
  await execute(sql, "revoke all on database %I from %I", to, owner);
  for (const grant of inGrantOrder(grants, owner)) await carryGrant(sql, grant, owner, to);
}

async function carryGrant(
  sql: Queryable,
  { grantor, grantee, privilege, grantable }: DatabaseGrant,
  owner: string,
  to: string,
): Promise<void> {
  // A right is granted as the owner's unless the grantor does it; GRANTED BY knows no others.
  if (grantor !== owner) await execute(sql, "set local role %I", grantor);
  const option = grantable ? " with grant option" : "";
  const right = `grant ${privilege} on database %I to `;
  if (grantee === null) await execute(sql, right + "public", to);
  else await execute(sql, right + "%I" + option, to, grantee);
  if (grantor !== owner) await sql`reset role`;
}

/** A right that somebody has given to somebody. */
export interface Grant {
  readonly grantor: string;
  /** Null is PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** Whoever passes a right on must have it first. */
export function inGrantOrder<Given extends Grant>(
  grants: readonly Given[],
  owner: string,
): Given[] {
  const ordered: Given[] = [];
  let waiting = [...grants];
  const mayGrant = ({ grantor, privilege }: Given) =>
    grantor === owner ||
    ordered.some((had) => had.grantee === grantor && had.privilege === privilege && had.grantable);
  while (waiting.length > 0) {
    const next = waiting.filter(mayGrant);
    if (next.length === 0) return [...ordered, ...waiting];
    ordered.push(...next);
    waiting = waiting.filter((grant) => !next.includes(grant));
  }
  return ordered;
}

async function carrySetting(
  sql: Queryable,
  { role, name, value }: Setting,
  to: string,
): Promise<void> {
  const whose = role === null ? "alter database %I" : "alter role %I in database %I";
  const names = role === null ? [to] : [role, to];
  if (!LISTS.has(name.toLowerCase())) {
    return await execute(sql, `${whose} set %I to %L`, ...names, name, value);
  }
  // The server copies a list that is in force as it is. In a block of its own, so that the setting
  // is never in force for a statement of ours.
  const [set, alter] = [
    `perform pg_catalog.set_config(%L, %L, true);`,
    `${whose} set %I from current;`,
  ];
  const [row] = await sql<{ text: string }[]>`
    select format('do %L', format(${`begin ${set} ${alter} end`},
      variadic ${[name, value, ...names, name]}::text[])) as text`;
  await sql.unsafe(row!.text);
  await sql.unsafe("set local search_path to pg_catalog");
}

async function assertCarried(
  sql: Queryable,
  wanted: DatabaseProperties,
  to: string,
): Promise<void> {
  const got = await readProperties(sql, to);
  const lost = (["owner", "grants", "settings"] as const).filter((key) =>
    canonical(wanted[key]) !== canonical(got?.[key])
  );
  if (lost.length === 0) return;
  throw new OakumError(
    "carry-over",
    "unchanged",
    `The database's ${lost.join(" and ")} could not be carried over exactly.`,
    {
      hint: "This is a defect of oakum: please report it with the output of --verbose.",
      data: Object.fromEntries(lost.map((key) => [key, { wanted: wanted[key], got: got?.[key] }])),
    },
  );
}

/** One text for equal values, whatever the order of lists and keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "";
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, inner]) => `${key}:${canonical(inner)}`).join()}}`;
}
