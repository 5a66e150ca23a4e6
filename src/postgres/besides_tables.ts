import type { Queryable } from "./connection.ts";

/** A sequence that has given out numbers. */
export interface Numbering {
  /** `schema.name`. */
  readonly name: string;
  /** The last number that it gave out; null where it has given out none. */
  readonly last: string | null;
  /** Whether it counts down. */
  readonly falls: boolean;
}

/** All large objects of a database together. */
export interface LargeObjects {
  readonly count: number;
  /** Another one where an id, or a byte of one of them, is another one. */
  readonly sum: string;
}

/** What a database holds besides the rows of its tables. */
export interface BesidesTables {
  readonly sequences: readonly Numbering[];
  readonly largeObjects: LargeObjects;
}

/** Reads where sequences outside extensions stand, and what is in the large objects. */
export async function readBesidesTables(sql: Queryable): Promise<BesidesTables> {
  const sequences = await sql<Numbering[]>`
    select n.nspname || '.' || c.relname as name, s.seqincrement < 0 as falls,
      pg_sequence_last_value(c.oid)::text as last
    from pg_sequence s join pg_class c on c.oid = s.seqrelid
      join pg_namespace n on n.oid = c.relnamespace
    where c.relpersistence <> 't'
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
        and e.objid = c.oid and e.deptype = 'e')
    order by n.nspname collate "C", c.relname collate "C"`;
  const [largeObjects] = await sql<LargeObjects[]>`
    with pages as (
      select loid, string_agg(pageno || ':' || encode(sha256(data), 'hex'), ' ' order by pageno) as text
      from pg_largeobject group by loid)
    select count(*)::float8 as count,
      coalesce(sum(hashtextextended(concat_ws(' ', o.oid, pages.text), 0)), 0)::text as sum
    from pg_largeobject_metadata o left join pages on pages.loid = o.oid`;
  if (!largeObjects) throw new Error("the server did not answer");
  return { sequences, largeObjects };
}

/**
 * What the second of two states has lost of the first besides rows, in sentences without a full
 * stop. Large objects are compared as a whole: any difference between them counts.
 */
export function lostBesidesTables(before: BesidesTables, after: BesidesTables): string[] {
  const [own, other] = [before.largeObjects, after.largeObjects];
  const lost = before.sequences.flatMap((one) => {
    const now = after.sequences.find(({ name }) => name === one.name);
    return goesBack(one, now) ? [sequenceText(one, now)] : [];
  });
  if (own.count === 0 || own.sum === other.sum && own.count === other.count) return lost;
  return [...lost, `large objects: ${own.count} now, ${other.count} then, and not the same ones`];
}

function goesBack({ last, falls }: Numbering, now: Numbering | undefined): boolean {
  if (last === null) return false;
  if (!now || now.last === null) return true;
  return falls ? BigInt(now.last) > BigInt(last) : BigInt(now.last) < BigInt(last);
}

function sequenceText({ name, last }: Numbering, now: Numbering | undefined): string {
  if (!now) return `sequence ${name}: gone, it stood at ${last}`;
  return `sequence ${name}: goes back from ${last} to ${
    now.last ?? "its start"
  }, so numbers are given out twice`;
}
