import { z } from "zod";
import { rfc3339 } from "../core/time.ts";
import type { Queryable } from "./connection.ts";
import { isKeptName, looksLikeOurs } from "./database_name.ts";
import { execute, statement } from "./statement.ts";

/** Why oakum made or kept a database. */
export type Purpose = "restore" | "before" | "verify";

/** What a database of oakum's carries, so that none ever is without a name in `status`. */
export interface Mark {
  readonly run: string;
  readonly purpose: Purpose;
  /** The database that it is about. */
  readonly of: string;
  readonly at: Date;
}

/** A database that oakum made or kept. */
export interface MarkedDatabase {
  readonly name: string;
  readonly oid: number;
  /** Undefined for one that has the shape of our names and no mark: never touched by itself. */
  readonly mark: Mark | undefined;
  /** Null where this user may not look. */
  readonly bytes: number | null;
  /** Whether the run that it belongs to still has sessions on the server. */
  readonly active: boolean;
}

const COMMENT = "oakum: ";
const KEYS = ["run", "purpose", "of", "at"] as const;

const markShape = z.object({
  run: z.string().regex(/^[0-9a-z]+$/),
  purpose: z.enum(["restore", "before", "verify"]),
  of: z.string(),
  at: z.coerce.date(),
});
/** A comment keeps what it took the place of. */
const commentShape = markShape.extend({ comment: z.string().nullable() });

/** Marks a database. */
export async function markDatabase(sql: Queryable, name: string, mark: Mark): Promise<void> {
  for (const text of await markStatements(sql, name, mark)) await sql.unsafe(text);
}

/**
 * The statements that mark a database, which need not exist yet. Settings of our own need a
 * superuser; for others the mark is a comment, which keeps the comment that was there.
 */
export async function markStatements(
  sql: Queryable,
  name: string,
  mark: Mark,
): Promise<string[]> {
  const texts = { ...mark, at: rfc3339(mark.at) };
  if (await mayBrand(sql)) {
    return await Promise.all(
      KEYS.map((key) =>
        statement(sql, "alter database %I set %I to %L", name, `oakum.${key}`, texts[key])
      ),
    );
  }
  const comment = await commentOf(sql, name);
  const text = COMMENT + JSON.stringify({ ...texts, comment });
  return [await statement(sql, "comment on database %I is %L", name, text)];
}

/** Takes the mark off a database: it is a person's own from here on. */
export async function unmarkDatabase(sql: Queryable, name: string): Promise<void> {
  if (await mayBrand(sql)) {
    for (const key of KEYS) await execute(sql, "alter database %I reset %I", name, `oakum.${key}`);
  }
  const marked = markComment(await commentOf(sql, name));
  if (marked) await writeComment(sql, name, marked.comment);
}

/** Gives a database a person's comment; one that is marked by its comment keeps the mark. */
export async function setComment(
  sql: Queryable,
  name: string,
  said: string | null,
): Promise<void> {
  const comment = personsComment(said);
  const marked = markComment(await commentOf(sql, name));
  if (!marked) return await writeComment(sql, name, comment);
  const text = { ...marked, at: rfc3339(marked.at), comment };
  await writeComment(sql, name, COMMENT + JSON.stringify(text));
}

/**
 * A comment without one that claims to be our mark: no person writes that, and where a manifest says
 * so, it would make a leftover of the database that is restored.
 */
export function personsComment(said: string | null): string | null {
  return markComment(said) ? null : said;
}

async function writeComment(sql: Queryable, name: string, comment: string | null): Promise<void> {
  if (comment === null) await execute(sql, "comment on database %I is null", name);
  else await execute(sql, "comment on database %I is %L", name, comment);
}

async function mayBrand(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ super: boolean }[]>`
    select rolsuper as super from pg_roles where rolname = current_user`;
  return row?.super ?? false;
}

async function commentOf(sql: Queryable, name: string): Promise<string | null> {
  const [row] = await sql<{ comment: string | null }[]>`
    select shobj_description(oid, 'pg_database') as comment
    from pg_database where datname = ${name}`;
  return row?.comment ?? null;
}

/** The mark that a comment holds; nothing for a person's own comment. */
export function markComment(comment: string | null) {
  if (!comment?.startsWith(COMMENT)) return undefined;
  try {
    return commentShape.parse(JSON.parse(comment.slice(COMMENT.length)));
  } catch {
    return undefined;
  }
}

const row = z.object({
  name: z.string(),
  oid: z.coerce.number(),
  bytes: z.coerce.number().nullable(),
  comment: z.string().nullable(),
  settings: z.record(z.string(), z.string()).nullable(),
  runs: z.array(z.string()),
});

/**
 * Every database that oakum made or kept on the server, also those that only look like it.
 * `announced` are the marks of those that a journal says were about to be made, by name: a run that
 * died in that moment leaves one without its mark.
 */
export async function listMarked(
  sql: Queryable,
  announced: ReadonlyMap<string, Mark> = new Map(),
): Promise<MarkedDatabase[]> {
  const rows = await sql`
    select d.datname as name, d.oid::int8 as oid,
      case when has_database_privilege(d.oid, 'CONNECT')
             or pg_has_role('pg_read_all_stats', 'MEMBER')
        then pg_database_size(d.oid) end as bytes,
      shobj_description(d.oid, 'pg_database') as comment,
      (select jsonb_object_agg(substr(split_part(s, '=', 1), 7), substr(s, strpos(s, '=') + 1))
        from pg_db_role_setting r, unnest(r.setconfig) s
        where r.setdatabase = d.oid and r.setrole = 0 and s like 'oakum.%') as settings,
      array(select distinct split_part(a.application_name, '/', 2) from pg_stat_activity a
        where a.application_name like 'oakum/%' and a.pid <> pg_backend_pid()) as runs
    from pg_database d where not d.datistemplate order by d.datname`;
  return rows.flatMap((raw) => read(row.parse(raw), announced));
}

function read(
  { name, oid, bytes, comment, settings, runs }: z.infer<typeof row>,
  announced: ReadonlyMap<string, Mark>,
): MarkedDatabase[] {
  const bySetting = markShape.safeParse(settings ?? {});
  const said = bySetting.success ? bySetting.data : markComment(comment) ?? announced.get(name);
  const mark = said && isCredible(name, said) ? said : undefined;
  if (!mark && !looksLikeOurs(name)) return [];
  return [{ name, oid, mark, bytes, active: mark !== undefined && runs.includes(mark.run) }];
}

/**
 * Whoever owns a database may write any comment on it: one that claims to have been replaced, and so
 * offers itself to an undo, must also have the name that it would have got then.
 */
function isCredible(name: string, { purpose, of, at }: Mark): boolean {
  return purpose !== "before" || isKeptName(name, of, at);
}

/**
 * Drops a database with everybody's sessions in it, where it still is the one that was meant;
 * answers whether it was.
 */
export async function dropMarked(
  sql: Queryable,
  { name, oid }: Pick<MarkedDatabase, "name" | "oid">,
): Promise<boolean> {
  const [row] = await sql`select from pg_database where datname = ${name} and oid = ${oid}`;
  if (row) await execute(sql, "drop database if exists %I with (force)", name);
  return row !== undefined;
}
