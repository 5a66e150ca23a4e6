import type { Ownership } from "../../backups/manifest.ts";
import { both } from "../../core/both.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import type { Sql } from "../../postgres/connection.ts";
import { handOver, readSchemaPublic, type SchemaPublic } from "../../postgres/handover.ts";
import { fixSettings } from "../../postgres/fingerprint.ts";
import { inTransaction } from "../../postgres/held.ts";
import type { LoadRole } from "../../postgres/load_role.ts";
import { makeExtensions } from "../../postgres/make_extensions.ts";
import { ownershipDifferences, readOwnership } from "../../postgres/ownership.ts";
import { readPowerfulCode } from "../../postgres/powerful_code.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { execute } from "../../postgres/statement.ts";
import { harmlessExtensions, isFillable } from "../../postgres/unowned.ts";
import type { Context } from "../context.ts";
import { matchEmptiness } from "./emptiness.ts";
import { consentTo } from "./findings.ts";
import { analyzeAll, compare } from "./finish.ts";
import { load } from "./load.ts";
import { DUMP_CODE, MEANING } from "./origin.ts";
import type { PreparedLoad } from "./preflight.ts";
import type { RestoreRequest } from "./request.ts";

/** A load by a role that can do no more than an ordinary owner. */
export interface LimitedLoad {
  readonly server: ServerSession;
  readonly role: LoadRole;
  readonly request: RestoreRequest;
  readonly checked: Pick<PreparedLoad, "plan" | "folders" | "mounted">;
  readonly ownership: Ownership;
  readonly into: string;
}

/**
 * Loads a foreign dump, proves it and gathers statistics, all of it as a role that owns what it makes
 * and nothing else; then gives everything to whom it belongs, from data alone. From there on nothing
 * of oakum's runs anything of it. Answers with what is to be known.
 */
export async function loadLimited(context: Context, loading: LimitedLoad): Promise<string[]> {
  const { server, role, into } = loading;
  const ready = await prepare(loading);
  const accepted = await asRole(context, loading, ready);
  await role.lockOut();
  context.emit({ type: "step", step: "owners", text: "Giving everything to its owners" });
  return [...accepted, ...await inDatabase(server, into, (sql) => giveOver(sql, loading, ready))];
}

/** What is there before the role comes in. */
interface Ready {
  readonly schemas: readonly string[];
  readonly schemaPublic: SchemaPublic | undefined;
  readonly extensions: readonly string[];
  readonly versionNum: number;
}

/** All that takes a superuser is made while nothing of the dump is there yet. */
async function prepare({ server, role, request, into }: LimitedLoad): Promise<Ready> {
  const { manifest } = request.backup;
  await matchEmptiness(server, into, manifest);
  return await inDatabase(server, into, async (sql) => {
    const schemas = await makeExtensions(sql, manifest);
    const schemaPublic = await readSchemaPublic(sql);
    const own = [...schemas, ...schemaPublic ? ["public"] : []];
    for (const name of own) await execute(sql, "alter schema %I owner to %I", name, role.name);
    await execute(sql, "grant connect, create, temporary on database %I to %I", into, role.name);
    for (const name of manifest.database.tablespaces.filter((name) => name !== "pg_default")) {
      await execute(sql, "grant create on tablespace %I to %I", name, role.name);
    }
    const names = manifest.database.extensions.map(({ name }) => name);
    for (const table of await fillableTables(sql, names)) {
      await execute(sql, `grant select, insert on ${table} to %I`, role.name);
    }
    const [row] = await sql<{ num: number }[]>`
      select current_setting('server_version_num')::int as num`;
    const extensions = await harmlessExtensions(sql, names);
    return { schemas, schemaPublic, extensions, versionNum: row!.num };
  });
}

/** As the server writes them, with `%` doubled for `format()`. */
async function fillableTables(sql: Sql, extensions: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_extension x, unnest(x.extconfig) configured
      join pg_class c on c.oid = configured join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and x.extname = any(${extensions.filter(isFillable)}::text[])`;
  return rows.map(({ name }) => name.replaceAll("%", "%%"));
}

/** Everything that may run code of the dump. */
async function asRole(
  context: Context,
  { server, role, request, checked, into }: LimitedLoad,
  { schemas }: Ready,
): Promise<string[]> {
  const { folders, mounted } = checked;
  await using loader = server.loggedInAs(role.credentials);
  await requireLogin(loader, into);
  const limited = { loader, schemas };
  await load(context, server, { request, into, folders, mounted, limited }).catch((error) => {
    throw explained(error, request);
  });
  void mounted?.[Symbol.asyncDispose](); // It goes while the rest is done; its end is waited for then.
  // Rights are data that is still to come.
  const wish = { ...request, owner: false };
  const [accepted] = await both(
    context.signal,
    (signal) => compare({ ...context, signal }, loader, into, wish),
    (signal) => analyzeAll({ ...context, signal }, loader, into),
  );
  return accepted;
}

async function requireLogin(loader: ServerSession, into: string): Promise<void> {
  const sql = loader.sql(into, { max: 1 });
  try {
    await sql`select 1`;
  } catch (error) {
    const { user } = loader.server.credentials;
    throw new OakumError(
      "load-role-login",
      "failed",
      `The server does not let in the role "${user}", which was made to load this foreign dump with ` +
        `no more rights than an ordinary owner has: ${messageOf(error)}.`,
      { hint: loginHint(loader.server.socketFolder, loader.facts.major), cause: error },
    );
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The line of pg_hba.conf by which a role for a load comes in; only since 16 it can be for that alone. */
export function loginHint(socketFolder: string | undefined, major = 0): string {
  const who = major >= 16 ? "/^oakum_load_" : "all";
  const line = socketFolder === undefined ? `host all ${who} 127.0.0.1/32` : `local all ${who}`;
  const after = who === "all"
    ? " It holds for every user there: take it out again afterwards."
    : "";
  return `In pg_hba.conf, put before the other lines: ${line} scram-sha-256; then reload the server ` +
    `and try again.${after}`;
}

const NEEDS_POWER =
  /permission denied|must be (?:superuser|owner|a? ?member)|superuser|not allowed/i;

/** What an ordinary owner may not do is no fault of the backup. */
function explained(error: unknown, { backup, allow }: RestoreRequest): unknown {
  if (!(error instanceof OakumError) || error.code !== "load-failed") return error;
  const said = String(error.data.error);
  if (!NEEDS_POWER.test(said)) return error;
  const object = error.data.object ? `at ${error.data.object}` : "in it";
  return new OakumError(
    DUMP_CODE,
    "failed",
    `"${backup.manifest.dump.file}" did not begin on this server, so it is loaded with the rights of an ordinary ` +
      `owner; ${object} it needs more: ${said}`,
    {
      hint: `${MEANING} If that is right: ${consentTo([DUMP_CODE], allow)}`,
      data: error.data,
      cause: error,
    },
  );
}

async function giveOver(
  sql: Sql,
  { role, request, ownership }: LimitedLoad,
  { schemaPublic, extensions, versionNum }: Ready,
): Promise<string[]> {
  const { versionNum: was } = request.backup.manifest.server;
  const to = request.owner ? undefined : await currentUser(sql);
  const leftOut = await handOver(sql, {
    ...{ ownership, from: role.name, schemaPublic, to, extensions },
    ...{ versionNum: was, serverVersionNum: versionNum },
  });
  if (request.owner) await requireHandedOver(sql, ownership);
  return [...leftOut, ...await readPowerfulCode(sql)];
}

async function currentUser(sql: Sql): Promise<string> {
  const [row] = await sql<{ name: string }[]>`select current_user as name`;
  return row!.name;
}

/** Reads back who owns what: code that ran while it was loaded may have given rights of its own. */
async function requireHandedOver(sql: Sql, wanted: Ownership): Promise<void> {
  const got = await inTransaction(sql, async (transaction) => {
    await fixSettings(transaction);
    return await readOwnership(transaction);
  });
  const differences = ownershipDifferences(wanted, got);
  if (differences.length === 0) return;
  const more = differences.length > 5 ? ` and ${differences.length - 5} more` : "";
  throw new OakumError(
    "rights-differ",
    "failed",
    `Owners or rights are not those of the backup: ${differences.slice(0, 5).join("; ")}${more}.`,
    { hint: "The copy was dropped again. Look at the dump by hand.", data: { differences } },
  );
}

async function inDatabase<T>(
  server: ServerSession,
  name: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = server.sql(name, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
