import type { DatabaseFacts } from "../../backups/manifest.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import { count } from "../../core/time.ts";
import { carryOver } from "../../postgres/carry.ts";
import type { Queryable, Sql } from "../../postgres/connection.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import {
  type DatabaseProperties,
  propertiesOf,
  readProperties,
  settingsOf,
} from "../../postgres/properties.ts";
import { unsettable } from "../../postgres/roles.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { RestorePlan } from "../../reports/restore.ts";
import type { Context } from "../context.ts";
import { compareRestored, type Differences } from "./compare.ts";
import { consentTo } from "./findings.ts";
import type { RestoreRequest } from "./request.ts";

/** The rule under which definitions may differ. */
const SCHEMA_DIFFERS = "schema-differs";

/** Proves the loaded database against the manifest; answers with what was accepted by name. */
export async function compare(
  { emit, signal }: Context,
  session: ServerSession,
  database: string,
  request: RestoreRequest,
): Promise<string[]> {
  const { manifest } = request.backup;
  const total = manifest.tables.length;
  emit({ type: "step", step: "compare", text: "Comparing it with the manifest" });
  const differences = await inFresh(
    session,
    database,
    signal,
    (sql) =>
      compareRestored(sql, manifest, {
        rights: request.owner,
        signal,
        onTable: ({ schema, name }, done) =>
          emit({
            ...{ type: "progress", step: "compare", done, total, unit: "tables" },
            item: `${schema}.${name}`,
          }),
      }),
  );
  const accepted = request.allow.includes(SCHEMA_DIFFERS);
  const empty = differences.unfilled.map((name) => `materialized view ${name} is not filled`);
  const schema = [...differences.schema, ...empty];
  if (differences.data.length > 0 || schema.length > 0 && !accepted) {
    throw notTheSame({ ...differences, schema }, request.allow);
  }
  return [
    ...schema.map((text) => `Accepted: ${text}.`),
    ...rewordedWarning(differences.reworded),
  ];
}

function rewordedWarning(reworded: readonly string[]): string[] {
  if (reworded.length === 0) return [];
  return [
    `This newer PostgreSQL words ${count(reworded.length, "definition")} in another way: ${
      reworded.join("; ")
    }.`,
  ];
}

function notTheSame({ data, schema }: Differences, allow: readonly string[]): OakumError {
  const all = [...data, ...schema];
  const more = all.length > 5 ? `; and ${all.length - 5} more` : "";
  return new OakumError(
    "restored-differs",
    "unchanged",
    `What was restored is not what was backed up: ${all.slice(0, 5).join("; ")}${more}.`,
    {
      hint: data.length > 0
        ? "The copy was dropped again. Try an older backup: oakum backups"
        : `If the definitions are right as they are now: ${consentTo([SCHEMA_DIFFERS], allow)}`,
      data: { differences: all },
    },
  );
}

/**
 * Gives it what belongs to a database and is in no dump: from the live one, else the manifest. Answers
 * with what this server does not know of it.
 */
export async function carryOverTo(
  { emit }: Context,
  session: ServerSession,
  database: string,
  plan: RestorePlan,
  request: RestoreRequest,
  foreign: boolean,
): Promise<string[]> {
  emit({ type: "step", step: "carry", text: "Carrying over owner, rights and settings" });
  return await inMaintenance(session, async (sql) => {
    const live = plan.replaces ? await readProperties(sql, plan.database) : undefined;
    const { database: all } = request.backup.manifest;
    const { before, leftOut } = foreign
      ? await withoutPower(sql, all)
      : { before: all, leftOut: [] };
    const properties = live ? withCreated(live, before, plan) : await propertiesOf(sql, before);
    return [...leftOut, ...await carryOver(sql, properties, database)];
  });
}

/** Settings that change whose session it is are a user's own choice, and nothing for a dump. */
const IDENTITY = new Set(["role", "session_authorization"]);

/** Without the settings that an owner could not choose for everybody who comes in. */
async function withoutPower(
  sql: Queryable,
  facts: DatabaseFacts,
): Promise<{ before: DatabaseFacts; leftOut: string[] }> {
  const nameOf = ({ setting }: DatabaseFacts["settings"][number]) => setting.split("=")[0] ?? "";
  const forbidden = new Set(await unsettable(sql, facts.settings.map(nameOf)));
  const isLeftOut = (one: DatabaseFacts["settings"][number]) =>
    forbidden.has(nameOf(one)) || IDENTITY.has(nameOf(one).toLowerCase());
  const names = [...new Set(facts.settings.filter(isLeftOut).map(nameOf))];
  return {
    before: { ...facts, settings: facts.settings.filter((one) => !isLeftOut(one)) },
    leftOut: names.length === 0 ? [] : [
      `Settings of the database that only a superuser may choose are left out: ${
        names.join(", ")
      }.`,
    ],
  };
}

/** Roles that were missing are in nothing that the live database carries: theirs are the backup's. */
function withCreated(
  live: DatabaseProperties,
  before: DatabaseFacts,
  { roles }: RestorePlan,
): DatabaseProperties {
  const created = new Set(roles.map(({ name }) => name));
  const settings = settingsOf(before).filter(({ role }) => role !== null && created.has(role));
  return { ...live, settings: [...live.settings, ...settings] };
}

/** Gives the planner its statistics; without them the database is whole, only slow. */
export async function analyze(
  { emit, signal }: Context,
  session: ServerSession,
  database: string,
): Promise<string[]> {
  try {
    await analyzeAll({ emit, signal }, session, database);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return [`Statistics are missing: ${messageOf(error)} Run ANALYZE when that is mended.`];
  }
}

/** The same, and an error is one: else the server would do it, as whoever owns the tables then. */
export async function analyzeAll(
  { emit, signal }: Pick<Context, "emit" | "signal">,
  session: ServerSession,
  database: string,
): Promise<void> {
  emit({ type: "step", step: "analyze", text: "Gathering statistics" });
  await inFresh(session, database, signal, async (sql) => await sql`analyze`);
}

/** Works in a database that is thrown away when the run is aborted: its sessions may be cut. */
async function inFresh<T>(
  session: ServerSession,
  database: string,
  signal: AbortSignal,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const sql = session.sql(database, { max: 1, timeouts: { lock: 0 } });
  const cut = () => void sql.end({ timeout: 0 });
  signal.addEventListener("abort", cut, { once: true });
  try {
    return await work(sql);
  } finally {
    signal.removeEventListener("abort", cut);
    await sql.end({ timeout: 5 });
  }
}
