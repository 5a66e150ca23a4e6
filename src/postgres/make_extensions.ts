import type { Manifest } from "../backups/manifest.ts";
import type { Queryable, Sql } from "./connection.ts";
import { execute } from "./statement.ts";

/**
 * Makes the extensions of a backup by their names, in a database that nobody has written to yet: the
 * script of one could else be led astray by what stands there. Answers with the schemas made for them.
 */
export async function makeExtensions(
  sql: Sql,
  { database: { extensions }, fingerprint }: Pick<Manifest, "database" | "fingerprint">,
): Promise<string[]> {
  const own = new Set(
    fingerprint.rows.filter(([kind]) => kind === "schema").map(([, name]) => unquoted(name)),
  );
  const wanted = extensions.filter(({ name }) => name !== "plpgsql");
  const made = [...new Set(wanted.map(({ schema }) => schema))]
    .filter((schema) => own.has(schema) && schema !== "public");
  for (const schema of made) await execute(sql, "create schema %I", schema);
  for (const { name, schema } of await inOrder(sql, wanted)) {
    // A schema that is not the database's own is made by the extension itself.
    const where = own.has(schema) || schema === "pg_catalog" ? " schema %I" : "";
    await execute(sql, `create extension %I${where}`, name, ...where ? [schema] : []);
  }
  await commentExtensions(sql, fingerprint, wanted.map(({ name }) => name));
  return made;
}

/** Those that others need come first. */
async function inOrder<Extension extends { readonly name: string }>(
  sql: Queryable,
  extensions: readonly Extension[],
): Promise<Extension[]> {
  const rows = await sql<{ name: string; requires: string[] | null }[]>`
    select e.name, v.requires::text[] as requires from pg_available_extensions e
      join pg_available_extension_versions v on v.name = e.name and v.version = e.default_version`;
  const needs = new Map(rows.map(({ name, requires }) => [name, requires ?? []]));
  const ordered: Extension[] = [];
  const add = (extension: Extension, above: readonly string[]) => {
    if (ordered.includes(extension) || above.includes(extension.name)) return;
    const needed = new Set(needs.get(extension.name) ?? []);
    const first = extensions.filter(({ name }) => needed.has(name));
    for (const one of first) add(one, [...above, extension.name]);
    ordered.push(extension);
  };
  for (const extension of extensions) add(extension, []);
  return ordered;
}

/** Only whoever made an extension may comment on it. */
async function commentExtensions(
  sql: Queryable,
  { rows }: Manifest["fingerprint"],
  names: readonly string[],
): Promise<void> {
  const comments = new Map(
    rows.filter(([kind, ident]) => kind === "comment" && ident.startsWith("extension "))
      .map(([, ident, text]) => [unquoted(ident.slice("extension ".length)), text]),
  );
  for (const name of names) {
    const comment = comments.get(name);
    if (comment === undefined) await execute(sql, "comment on extension %I is null", name);
    else await execute(sql, "comment on extension %I is %L", name, comment);
  }
}

/** A single name as the server writes it. */
function unquoted(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
}
