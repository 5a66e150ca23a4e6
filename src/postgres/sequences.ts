import { z } from "zod";
import type { Queryable } from "./connection.ts";
import { quoteQualified } from "./identifier.ts";

const column = z.object({
  /** Object id of the table and number of the column. */
  id: z.string(),
  schema: z.string(),
  table: z.string(),
  name: z.string(),
});

const sequence = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  increment: z.string().transform(BigInt),
  /** What it handed out last; null where it handed out nothing yet. */
  last: z.string().transform(BigInt).nullable(),
  /** The column that takes its values from it. */
  feeds: column.nullable(),
  /** Whether it goes when some column does. */
  owned: z.boolean(),
});

/** How far a sequence has come, and for whom it counts. */
export type SequencePlace = Readonly<z.infer<typeof sequence>>;

/** All sequences outside extensions; a column that is an identity takes nothing from a sequence that it owned before. */
export async function readSequencePlaces(sql: Queryable): Promise<SequencePlace[]> {
  const rows = await sql`
    select s.seqrelid::text as oid, n.nspname as schema, c.relname as name,
      s.seqincrement::text as increment,
      pg_sequence_last_value(s.seqrelid)::text as last,
      exists (select from pg_depend d where d.classid = 'pg_class'::regclass
        and d.objid = s.seqrelid and d.refclassid = 'pg_class'::regclass
        and d.deptype in ('a', 'i')) as owned,
      (select jsonb_build_object('id', t.oid || '.' || a.attnum, 'schema', tn.nspname,
            'table', t.relname, 'name', a.attname)
        from (
          select d.refobjid as relid, d.refobjsubid as number from pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = s.seqrelid and d.deptype = 'i'
            and d.refclassid = 'pg_class'::regclass
          union all
          select f.adrelid, f.adnum from pg_depend d join pg_attrdef f on f.oid = d.objid
          where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
            and d.refobjid = s.seqrelid
        ) fed join pg_class t on t.oid = fed.relid
          join pg_namespace tn on tn.oid = t.relnamespace
          join pg_attribute a on a.attrelid = t.oid and a.attnum = fed.number
        order by t.oid, a.attnum limit 1) as feeds
    from pg_sequence s join pg_class c on c.oid = s.seqrelid
      join pg_namespace n on n.oid = c.relnamespace
    where c.relpersistence <> 't'
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
        and e.objid = c.oid and e.deptype = 'e')
    order by n.nspname collate "C", c.relname collate "C"`;
  return z.array(sequence).parse([...rows]);
}

/** What a sequence hands out next. */
export async function nextValue(
  sql: Queryable,
  { schema, name, last, increment }: SequencePlace,
): Promise<bigint> {
  if (last !== null) return last + increment;
  // RESTART WITH and setval(…, false) leave another value than its definition's.
  const [row] = await sql.unsafe<{ next: string }[]>(
    `select last_value::text as next from ${quoteQualified(schema, name)}`,
  );
  if (!row) throw new Error(`the sequence ${schema}.${name} has no row`);
  return BigInt(row.next);
}
