import type { Queryable, Sql } from "./connection.ts";
import type { RoleDefinition } from "./globals.ts";
import { inTransaction } from "./held.ts";
import { execute } from "./statement.ts";
import { leftOutText, unknownToServer } from "./unknown_setting.ts";

/** Which of these roles the server does not have. */
export async function missingRoles(
  sql: Queryable,
  names: readonly string[],
): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from unnest(${[...names]}::text[]) name
    where name not in (select rolname from pg_roles) order by name`;
  return rows.map(({ name }) => name);
}

/** Which of these settings a user may not choose for itself, or the server does not know. */
export async function unsettable(sql: Queryable, names: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select n.name from unnest(${[...names]}::text[]) n (name)
      left join pg_settings s on lower(s.name) = lower(n.name)
    where case when s.name is null then n.name not like '%.%' else s.context <> 'user' end`;
  return rows.map(({ name }) => name);
}

/**
 * Creates roles, all or none: login, password, limit and settings as they were, memberships among
 * themselves, but no power over the server. One that nothing is known of may not log in. Answers with
 * what the server does not know of their settings, in sentences.
 */
export async function createRoles(
  sql: Sql,
  names: readonly string[],
  known: ReadonlyMap<string, RoleDefinition>,
): Promise<string[]> {
  return await inTransaction(sql, async (transaction) => {
    const warnings: string[] = [];
    for (const name of names) {
      warnings.push(...await createRole(transaction, name, known.get(name)));
    }
    for (const name of names) {
      const groups = known.get(name)?.memberOf.filter((group) => names.includes(group)) ?? [];
      for (const group of groups) await execute(transaction, "grant %I to %I", group, name);
    }
    return warnings;
  });
}

async function createRole(
  sql: Queryable,
  name: string,
  known: RoleDefinition | undefined,
): Promise<string[]> {
  await execute(sql, "create role %I nologin", name);
  if (!known) return [];
  if (known.password !== undefined) {
    await execute(sql, "alter role %I password %L", name, known.password);
  }
  if (known.validUntil !== undefined) {
    await execute(sql, "alter role %I valid until %L", name, known.validUntil);
  }
  if (!known.inherit) await execute(sql, "alter role %I noinherit", name);
  const limit = Number.isInteger(known.connectionLimit) ? known.connectionLimit : -1;
  await execute(sql, "alter role %I connection limit %s", name, String(limit));
  if (known.login) await execute(sql, "alter role %I login", name);
  const warnings: string[] = [];
  for (const { name: setting, values } of known.settings) {
    const list = values.map(() => "%L").join(", ");
    const set = () => execute(sql, `alter role %I set %I to ${list}`, name, setting, ...values);
    const unknown = await unknownToServer(sql, set);
    if (unknown !== undefined) {
      warnings.push(leftOutText(`The role "${name}"'s`, setting, unknown));
    }
  }
  return warnings;
}
