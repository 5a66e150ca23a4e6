import type { Ownership } from "../backups/manifest.ts";
import { type Grant, inGrantOrder } from "./carry.ts";
import type { Sql } from "./connection.ts";
import query from "./handover.sql" with { type: "text" };

/** A thing of an ownership, as this server knows it; `identity` is SQL that the server wrote. */
interface Placed {
  readonly kind: string;
  readonly identity: string;
  readonly column: string | null;
  readonly owner: string | null;
  readonly of: string | null;
  readonly own: boolean;
  readonly harmless: boolean | null;
  readonly follows: boolean;
  readonly grants: readonly Grant[] | null;
}

/** What is handed over, from whom, and what is to be kept back. */
export interface Handover {
  readonly ownership: Ownership;
  /** The role that has loaded it all. */
  readonly from: string;
  /** Who owned the schema `public` before the load, and with which rights. */
  readonly schemaPublic: SchemaPublic | undefined;
  /** Everything goes to this role, whatever the ownership says. */
  readonly to?: string | undefined;
  /** The backup's `server_version_num`, and that of the server here. */
  readonly versionNum: number;
  readonly serverVersionNum: number;
  /** Extensions on whose things rights may be given. */
  readonly extensions: readonly string[];
}

/** The schema that every new database has. */
export interface SchemaPublic {
  readonly owner: string;
  readonly acl: readonly string[] | null;
}

/** SQL of `format()` with its values. */
type Statement = readonly [template: string, ...values: string[]];

/** Reads who owns the schema `public`; undefined where there is none. */
export async function readSchemaPublic(sql: Sql): Promise<SchemaPublic | undefined> {
  const [row] = await sql<SchemaPublic[]>`
    select pg_get_userbyid(nspowner) as owner, nspacl::text[] as acl
    from pg_namespace where nspname = 'public'`;
  return row;
}

/**
 * Gives all that a role has loaded to those whom it belongs to, with everybody's rights, from data
 * alone: nothing that is run here was written by the dump, and nothing of its code runs. Answers with
 * what was left out, in words.
 */
export async function handOver(sql: Sql, handover: Handover): Promise<string[]> {
  const { ownership, from, to } = handover;
  const main = to ?? ownership.owner ?? await currentUser(sql);
  const things = await place(sql, [...publicAsItWas(handover), ...ownership.things], handover);
  const own = things.filter((thing) => thing.own);
  const whole = own.filter(({ column }) => column === null);
  const owners = new Map(whole.map((thing) => [key(thing), to ?? thing.owner ?? main]));
  const ownerOf = (thing: Placed) => thing.own ? owners.get(key(thing)) ?? main : undefined;
  const leading = whole.filter(({ follows }) => !follows);
  await run(sql, leading.map((thing) => ownerStatement(thing, ownerOf(thing)!)));
  await run(
    sql,
    (await relationsOf(sql, from)).map((name) => [`alter table ${name} owner to %I`, main]),
  );
  await run(sql, [["reassign owned by %I to %I", from, main]]);
  const given = things.filter(({ own, harmless }) => own || harmless);
  await run(sql, given.flatMap((thing) => rightsOf(thing, ownerOf(thing), handover)));
  const defaults = to === undefined ? await readDefaults(sql, ownership.defaults) : [];
  await run(sql, defaults.flatMap((one) => defaultRights(one, handover)));
  await run(sql, [["drop owned by %I", from]]);
  return things.filter(({ own, harmless }) => !own && !harmless).map(leftOut);
}

function key({ kind, identity }: Placed): string {
  return `${kind} ${identity}`;
}

/** Unless the ownership says something else of it, it is as it was. */
function publicAsItWas({ ownership, schemaPublic }: Handover): Ownership["things"] {
  const isPublic = ({ type, names }: Ownership["things"][number]) =>
    type === "schema" && names[0] === "public";
  if (!schemaPublic || ownership.things.some(isPublic)) return [];
  const { owner, acl } = schemaPublic;
  return [{ type: "schema", names: ["public"], owner, ...acl ? { acl: [...acl] } : {} }];
}

async function place(
  sql: Sql,
  things: Ownership["things"],
  { extensions }: Handover,
): Promise<Placed[]> {
  return await sql.unsafe<Placed[]>(query, [JSON.stringify(things), [...extensions]]);
}

async function currentUser(sql: Sql): Promise<string> {
  const [row] = await sql<{ name: string }[]>`select current_user as name`;
  return row!.name;
}

/** Tables and the like that still belong to a role, written by the server. */
async function relationsOf(sql: Sql, role: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relowner = (select oid from pg_roles where rolname = ${role})
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not exists (select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and c.relkind = 'S'
          and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))
    order by c.oid`;
  return rows.map(({ name }) => escaped(name));
}

const STATEMENTS_AT_ONCE = 200;

/** Each statement locks what it changes until its batch is through: a server has room for some. */
async function run(sql: Sql, statements: readonly Statement[]): Promise<void> {
  for (let at = 0; at < statements.length; at += STATEMENTS_AT_ONCE) {
    const batch = statements.slice(at, at + STATEMENTS_AT_ONCE);
    const [row] = await sql<{ text: string }[]>`
      select string_agg(format(s->>0, variadic array(select jsonb_array_elements_text(s->1))), ';'
        order by at) as text
      from jsonb_array_elements(${
      JSON.stringify(batch.map(([template, ...values]) => [template, values]))
    }::text::jsonb) with ordinality u(s, at)`;
    await sql.unsafe(row!.text);
  }
}

/** Where what follows is read by `format()`. */
function escaped(identity: string): string {
  return identity.replaceAll("%", "%%");
}

const RELATIONS = new Set(["table", "view", "materialized view", "foreign table"]);
const ROUTINES = new Set(["function", "procedure", "aggregate"]);
/** How SQL calls what the server identifies in other words. */
const WORDS: Readonly<Record<string, string>> = {
  "statistics object": "statistics",
  "foreign-data wrapper": "foreign data wrapper",
};

function ownerStatement({ kind, identity }: Placed, owner: string): Statement {
  const word = RELATIONS.has(kind) ? "table" : ROUTINES.has(kind) ? "routine" : WORDS[kind] ?? kind;
  return [`alter ${word} ${escaped(identity)} owner to %I`, owner];
}

/** Sets a thing's rights from nothing, each given by whoever gave it. */
function rightsOf(thing: Placed, owner: string | undefined, handover: Handover): Statement[] {
  const { kind, identity, column } = thing;
  if (!thing.grants) return [];
  const on = `on ${grantWord(kind)} ${escaped(identity)}`;
  const grants = withMaintain(thing.grants, RELATIONS.has(kind), handover);
  if (owner === undefined) return extensionRights(grants, on, column);
  // With --no-owner, whatever anybody gave is the new owner's gift.
  const given = handover.to === undefined
    ? grants
    : grants.map((grant) => ({ ...grant, grantor: owner }));
  const revoked: Statement[] = column !== null
    ? []
    : [[`revoke all ${on} from public`], [`revoke all ${on} from %I`, owner]];
  const ordered = inGrantOrder(given, owner);
  return [...revoked, ...ordered.map((grant) => grantStatement(grant, on, column, owner))];
}

/** What an extension made is its script's owner's, whoever that was where the dump comes from. */
function extensionRights(grants: readonly Grant[], on: string, column: string | null): Statement[] {
  const others = grants.filter(({ grantor, grantee }) => grantor !== grantee);
  return [
    ...column === null ? [[`revoke all ${on} from public`] as const] : [],
    ...others.map((grant) => grantStatement(grant, on, column, grant.grantor)),
  ];
}

const TABLE_RIGHTS = "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER".split(" ");

/** PostgreSQL 17 has one right on tables more: whoever had all of them before has that, too. */
function withMaintain(
  grants: readonly Grant[],
  ofTable: boolean,
  { versionNum, serverVersionNum }: Handover,
): readonly Grant[] {
  if (!ofTable || versionNum >= 170_000 || serverVersionNum < 170_000) return grants;
  const hasAll = ({ grantor, grantee }: Grant) =>
    TABLE_RIGHTS.every((privilege) =>
      grants.some((one) =>
        one.privilege === privilege && one.grantee === grantee && one.grantor === grantor
      )
    );
  const all = grants.filter((grant) => grant.privilege === "SELECT" && hasAll(grant));
  return [...grants, ...all.map((grant) => ({ ...grant, privilege: "MAINTAIN" }))];
}

function grantWord(kind: string): string {
  if (RELATIONS.has(kind)) return "table";
  if (ROUTINES.has(kind)) return "routine";
  return kind === "server" ? "foreign server" : WORDS[kind] ?? kind;
}

function grantStatement(
  { grantor, grantee, privilege, grantable }: Grant,
  on: string,
  column: string | null,
  owner: string,
): Statement {
  const what = column === null ? privilege : `${privilege} (%I)`;
  const values = [...column === null ? [] : [column], ...grantee === null ? [] : [grantee]];
  const grant = `grant ${what} ${on} to ${grantee === null ? "public" : "%I"}${
    grantable ? " with grant option" : ""
  }`;
  // A right is the owner's gift unless its giver gives it; GRANTED BY knows no others.
  if (grantor === owner) return [grant, ...values];
  return [`set local role %I; ${grant}; reset role`, grantor, ...values];
}

const DEFAULTS_OF: Readonly<Record<string, string>> = {
  r: "tables",
  S: "sequences",
  f: "functions",
  T: "types",
  n: "schemas",
  L: "large objects",
};

/** Default privileges, taken apart by the server. */
interface Defaults {
  readonly role: string;
  readonly schema: string | null;
  readonly type: string;
  readonly grants: readonly Grant[];
}

async function readDefaults(sql: Sql, defaults: Ownership["defaults"]): Promise<Defaults[]> {
  return await sql<Defaults[]>`
    select d->>'role' as role, d->>'schema' as schema, d->>'type' as type,
      (select coalesce(jsonb_agg(jsonb_build_object('grantor', pg_get_userbyid(x.grantor),
          'grantee', case when x.grantee <> 0 then pg_get_userbyid(x.grantee) end,
          'privilege', x.privilege_type, 'grantable', x.is_grantable)), '[]')
        from aclexplode(array(select jsonb_array_elements_text(d->'acl'))::aclitem[]) x) as grants
    from jsonb_array_elements(${JSON.stringify(defaults)}::text::jsonb) d`;
}

/** Those of a schema come on top of those of all schemas, which replace PostgreSQL's own. */
function defaultRights({ role, schema, type, grants }: Defaults, handover: Handover): Statement[] {
  const on = DEFAULTS_OF[type];
  if (on === undefined) throw new TypeError(`default privileges on unknown type "${type}"`);
  const whose = `alter default privileges for role %I${schema === null ? "" : " in schema %I"}`;
  const values = schema === null ? [role] : [role, schema];
  const revoked: Statement[] = schema !== null ? [] : [
    [`${whose} revoke all on ${on} from public`, ...values],
    [`${whose} revoke all on ${on} from %I`, ...values, role],
  ];
  const given = withMaintain(grants, type === "r", handover);
  return [
    ...revoked,
    ...given.map(({ grantee, privilege, grantable }): Statement => [
      `${whose} grant ${privilege} on ${on} to ${grantee === null ? "public" : "%I"}${
        grantable ? " with grant option" : ""
      }`,
      ...values,
      ...grantee === null ? [] : [grantee],
    ]),
  ];
}

/** Rights on what PostgreSQL or an extension has made are powers that no owner of a database has. */
function leftOut({ kind, identity, of, column }: Placed): string {
  const whose = of ? `the extension "${of}"` : "PostgreSQL itself";
  const part = column === null ? "" : `the column ${column} of `;
  return `Rights on ${part}the ${kind} ${identity} are left out: it belongs to ${whose}.`;
}
