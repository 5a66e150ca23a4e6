import { randomBytes } from "node:crypto";
import { z } from "zod";
import { OakumError } from "../core/errors.ts";
import { rfc3339 } from "../core/time.ts";
import type { Credentials } from "./access.ts";
import type { Queryable, Sql } from "./connection.ts";
import { inTransaction } from "./held.ts";
import { inMaintenance } from "./maintenance.ts";
import { scramVerifier } from "./scram.ts";
import type { ServerSession } from "./session.ts";
import { execute } from "./statement.ts";

/** What a role of oakum's carries as its comment, which only those may write who make roles. */
const mark = z.object({
  run: z.string().regex(/^[0-9a-z]+$/),
  purpose: z.literal("load"),
  /** The database that is restored. */
  of: z.string(),
  at: z.coerce.date(),
});

/** What a role that loads a dump is marked with. */
export type LoadMark = z.infer<typeof mark>;

/** A role that a run made to load a dump with. */
export interface MarkedRole {
  readonly name: string;
  readonly oid: string;
  readonly mark: LoadMark;
  /** Whether the run that it belongs to still has sessions on the server. */
  readonly active: boolean;
}

const COMMENT = "oakum: ";

function nameFor(run: string): string {
  return `oakum_load_${run}`;
}

/** Everything that a role can be given of power over a server, taken from it. */
const NOBODY = "nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit";

/** How such a role is made. */
export interface LoadRoleOptions {
  /**
   * Whether policies hold for its own tables, too, and must not: then rows would be left out. It has
   * rights on no table but those that it makes, so this opens nothing else.
   */
  readonly passesPolicies: boolean;
  /** Hears of one that could not be dropped; it carries its mark, so that it can be later. */
  readonly onLeft: (name: string, why: unknown) => void;
}

/**
 * A role for one load, which can do no more than an ordinary owner of one database: a member of
 * nothing, with a password that this process alone knows. Dropped when it is disposed of.
 */
export class LoadRole implements AsyncDisposable {
  private constructor(
    private readonly session: ServerSession,
    readonly credentials: Credentials & { readonly password: string },
    private readonly onLeft: (name: string, why: unknown) => void,
  ) {}

  get name(): string {
    return this.credentials.user;
  }

  static async create(
    session: ServerSession,
    made: LoadMark,
    { passesPolicies, onLeft }: LoadRoleOptions,
  ): Promise<LoadRole> {
    const name = nameFor(made.run);
    const password = randomBytes(24).toString("hex");
    await inMaintenance(session, (sql) =>
      inTransaction(sql, async (transaction) => {
        const login = `login connection limit ${SESSIONS} password %L`;
        await execute(
          transaction,
          `create role %I ${NOBODY} ${login}`,
          name,
          scramVerifier(password),
        );
        if (passesPolicies) await execute(transaction, "alter role %I bypassrls", name);
        const text = COMMENT + JSON.stringify({ ...made, at: rfc3339(made.at) });
        await execute(transaction, "comment on role %I is %L", name, text);
      }));
    const credentials = { user: name, password, from: "oakum's own" };
    return new LoadRole(session, credentials, onLeft);
  }

  /** Ends its sessions and lets it in no more. */
  async lockOut(): Promise<void> {
    await inMaintenance(this.session, async (sql) => {
      await execute(sql, "alter role %I nologin", this.name);
      await sql`select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where usename = ${this.name}`;
      const left = await sql<{ pid: number }[]>`
        select pid from pg_stat_activity where usename = ${this.name} order by pid`;
      if (left.length > 0) throw sessionsLeft(left.map(({ pid }) => pid));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await inMaintenance(this.session, (sql) => dropLoadRole(sql, this.name));
    } catch (error) {
      this.onLeft(this.name, error);
    }
  }
}

/** What it owns is about to be given to others: nobody may be there who still acts for it. */
function sessionsLeft(pids: readonly number[]): OakumError {
  return new OakumError(
    "load-sessions-left",
    "failed",
    `Sessions that loaded the dump do not end: server process ${pids.join(", ")}.`,
    {
      hint: "Look what they wait for: oakum psql -c " +
        `"select pid, state, wait_event, query from pg_stat_activity where pid = ${pids[0]}"`,
      data: { pids },
    },
  );
}

/** As many as pg_restore may start, and some for oakum itself. */
const SESSIONS = 80;

/** Drops a role and the rights that it has on databases and tablespaces. */
async function dropLoadRole(sql: Queryable, name: string): Promise<void> {
  await execute(sql, "drop owned by %I", name);
  await execute(sql, "drop role %I", name);
}

/** The roles that runs have made to load dumps with. */
export async function listLoadRoles(sql: Queryable): Promise<MarkedRole[]> {
  const rows = await sql<{ name: string; oid: string; comment: string; runs: string[] }[]>`
    select rolname as name, oid::text as oid, shobj_description(oid, 'pg_authid') as comment,
      array(select distinct split_part(a.application_name, '/', 2) from pg_stat_activity a
        where a.application_name like 'oakum/%' and a.pid <> pg_backend_pid()) as runs
    from pg_roles where shobj_description(oid, 'pg_authid') like ${`${COMMENT}%`} order by rolname`;
  return rows.flatMap(({ name, oid, comment, runs }) => {
    const found = readLoadMark(name, comment);
    return found ? [{ name, oid, mark: found, active: runs.includes(found.run) }] : [];
  });
}

/**
 * The mark of a role, if it is one that a run made. Whoever may make roles may comment on others: one
 * of another name is somebody's, and what it owns would be dropped with it.
 */
export function readLoadMark(name: string, comment: string): LoadMark | undefined {
  try {
    const found = mark.parse(JSON.parse(comment.slice(COMMENT.length)));
    return name === nameFor(found.run) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Drops such a role where it still is the one that was meant; answers whether it was. */
export async function dropMarkedRole(sql: Sql, { name, oid }: MarkedRole): Promise<boolean> {
  const meant = (await listLoadRoles(sql)).some((one) => one.name === name && one.oid === oid);
  if (meant) await dropLoadRole(sql, name);
  return meant;
}
