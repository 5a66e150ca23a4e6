import type { TargetName } from "../backups/manifest.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Check, DoctorReport, Location } from "../reports/doctor.ts";
import { findFolders } from "../postgres/space.ts";
import { noAppHint, whyNot } from "../targets/choose_app.ts";
import type { OpenTarget, SeenStack } from "../targets/find.ts";
import { neverCreated, neverCreatedText } from "../targets/never_created.ts";
import type { Context } from "./context.ts";
import { checkApp } from "./doctor/app.ts";
import { checkAllBackups } from "./doctor/backups.ts";
import { attempt, failed, ok, warning } from "./doctor/checks.ts";
import { checkDataVolume } from "./doctor/data_volume.ts";
import { checkFoundPlace } from "./doctor/place.ts";
import { Logins } from "./doctor/logins.ts";
import { checkServer, checkServerDisk } from "./doctor/server.ts";
import { checkSeen } from "./doctor/seen.ts";
import { checkTarget } from "./doctor/target.ts";

/** The app whose migrations are looked at. */
export interface ExaminedApp {
  readonly service: string;
  /** The image that its tag names by now, where it runs another one. */
  readonly newerImage: string | undefined;
  open(): Promise<Migrator>;
}

/** What the doctor looks at, as far as it is at hand. */
export interface DoctorRequest {
  readonly seen: SeenStack;
  /** The server at least; undefined where it lets nobody in. */
  readonly opened: OpenTarget | undefined;
  /** The database and its backups; undefined where it could not be told which one is meant. */
  readonly database: { readonly name: TargetName; readonly dir: string } | undefined;
  readonly app: ExaminedApp | undefined;
  /** Why there is no database. */
  readonly problem: unknown;
  /** Whether what dead runs left behind is ended. */
  readonly endLeftovers: boolean;
  /** Finds out which revision the schema is of; undefined where nobody asks. */
  readonly locate: (() => Promise<Location>) | undefined;
}

/** Looks for each known trouble; a check that fails does not stop the others. */
export async function examine(context: Context, request: DoctorRequest): Promise<DoctorReport> {
  const { opened, seen, problem } = request;
  const sql = opened?.session.sql(opened.target.database.name);
  const logins = opened && sql &&
    new Logins(opened.session, sql, opened.target.inventory, context.signal);
  const target = await checkTarget(context, request);
  const checks = await Promise.all([
    [engineCheck(context)],
    problem === undefined ? [] : [failed("target", problem)],
    opened ? [letIn(opened)] : [],
    checkSeen(context, seen, logins, opened?.session.server),
    examineServer(context, opened),
    examineApp(context, request),
    target.checks,
  ]);
  const { place, check } = await examinePlace(context, request);
  // What it says to find out is found out by now.
  const open = checks.flat().filter(({ name }) => !place || name !== "tables-without-version");
  return { kind: "doctor", checks: [...open, ...check], ended: target.ended, place };
}

/** Takes its time, and all of the machine: it comes last. */
async function examinePlace(
  { signal }: Context,
  { locate }: DoctorRequest,
): Promise<{ readonly place: Location | null; readonly check: readonly Check[] }> {
  if (!locate) return { place: null, check: [] };
  try {
    const place = await locate();
    return { place, check: [checkFoundPlace(place)] };
  } catch (error) {
    signal.throwIfAborted();
    return { place: null, check: [failed("place", error)] };
  }
}

async function examineServer(
  { signal }: Context,
  opened: OpenTarget | undefined,
): Promise<readonly Check[]> {
  if (!opened) return [];
  const { session, target: { database } } = opened;
  const sql = session.sql(database.name);
  const found = await Promise.all([
    attempt("pg-dump", signal, () => checkServer(session, database.name)),
    attempt("server-disk", signal, () => checkServerDisk(session, sql)),
    attempt("data-volume", signal, async () => {
      const folders = await findFolders(sql, session.server, "pg_default");
      return [checkDataVolume(session.server.container, folders?.data)];
    }),
  ]);
  return found.flat();
}

async function examineApp(
  { signal }: Context,
  { app, opened, database, seen, locate }: DoctorRequest,
): Promise<readonly Check[]> {
  if (!app) return [await noApp(seen)];
  const sql = opened?.session.sql(opened.target.database.name);
  const journal = database && { dir: database.dir, target: database.name };
  const known = opened && sql && journal && { target: opened.target.database, sql, journal };
  const { service, newerImage } = app;
  const about = { service, newerImage, locates: locate !== undefined, database: known };
  return await attempt(
    "app",
    signal,
    async () => await checkApp(await app.open(), about, signal),
  );
}

function engineCheck({ engine }: Context): Check {
  const { serverVersion, address, apiVersion } = engine;
  return ok("docker", `Docker ${serverVersion} at ${address}, API ${apiVersion}.`);
}

function letIn({ target: { database } }: OpenTarget): Check {
  const { server: { container, credentials }, service } = database;
  const by = `${credentials.user} (${credentials.from})`;
  return ok("server", `${service} lets oakum in as ${by}: ${container.Name.slice(1)}.`);
}

async function noApp({ stack, services, members }: SeenStack): Promise<Check> {
  const missing = await neverCreated(stack, members);
  const has = [
    ...services.map((service) => [service.name, whyNot(service)].filter(Boolean).join(" ")),
    ...missing.length > 0 ? [neverCreatedText(missing)] : [],
  ];
  return warning(
    "no-app",
    `No service of "${stack.project}" has Alembic and leads to the database; it has: ` +
      `${has.join("; ") || "no other service"}.`,
    noAppHint(services, missing).replace(/ Look closer: .*$/, ""),
  );
}

/** What can be said where there is no Docker or no stack: why not, and which backups there are. */
export async function examineWithout(
  context: Context | undefined,
  error: unknown,
  backups: { readonly dir: string; readonly now: Date } | undefined,
  signal: AbortSignal,
): Promise<DoctorReport> {
  const checks = await Promise.all([
    context ? [engineCheck(context)] : [],
    [failed(context ? "stack" : "docker", error)],
    backups ? attempt("backup", signal, () => checkAllBackups(backups.dir, backups.now)) : [],
  ]);
  return { kind: "doctor", checks: checks.flat(), ended: [], place: null };
}
