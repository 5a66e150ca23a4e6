import { dirname, join } from "node:path";
import { EXIT_CODES, OakumError, type Outcome } from "../core/errors.ts";
import type { Context } from "../operations/context.ts";
import { type DoctorRequest, examine, examineWithout } from "../operations/doctor.ts";
import type { DoctorReport } from "../reports/doctor.ts";
import {
  type OpenTarget,
  openTarget,
  type SeenStack,
  seeStack,
  type Wish,
} from "../targets/find.ts";
import { type AppPlace, findApp } from "../targets/find_app.ts";
import { findComposeFolder } from "../targets/folder.ts";
import { leadingRoutes } from "../targets/services.ts";
import { showDoctor } from "../terminal/views/doctor.ts";
import type { DoctorOptions } from "./doctor.ts";
import { locateWork } from "./locate_work.ts";
import type { Result, Session } from "./session.ts";
import { backupDir, openContext, openMigratorOf } from "./stand.ts";

/** `doctor`: what it cannot open is a finding too. */
export async function doctorWork(session: Session, options: DoctorOptions): Promise<Result> {
  let context: Context | undefined;
  try {
    context = await openContext(session);
    return await diagnose(session, context, options);
  } catch (error) {
    session.signal.throwIfAborted();
    if (!(error instanceof OakumError)) throw error;
    const now = session.clock.now();
    const dir = await likelyBackupDir(session);
    const backups = dir === undefined ? undefined : { dir, now };
    const report = await examineWithout(context, error, backups, session.signal);
    return result(report, error.outcome);
  }
}

async function diagnose(
  session: Session,
  context: Context,
  { endLeftovers, locate }: DoctorOptions,
): Promise<Result> {
  const wish = { settings: session.settings, changesState: endLeftovers, needsApp: false };
  await using found = await openWhatOpens(context, wish);
  await using cleanup = new AsyncDisposableStack();
  const { opened, whole } = found;
  const dir = opened && whole ? await orError(backupDir(session, opened.target)) : undefined;
  const database = opened && typeof dir === "string" ? { name: nameOf(opened), dir } : undefined;
  const problem = dir instanceof OakumError ? dir : found.problem;
  const seen = opened ?? await seeStack(context, wish);
  const place = await appOf(context, wish, seen, opened);
  const app: DoctorRequest["app"] = place && {
    service: place.service,
    newerImage: opened?.target.app?.newerImage?.tag,
    open: async () => {
      const running = { image: { kind: "running" } } as const;
      const opening = openMigratorOf(session, context, place, running);
      // Whoever gives up meanwhile still waits for it, so that no container stays behind.
      cleanup.defer(async () => {
        await using _opened = await opening.catch(() => undefined);
      });
      return (await opening).migrator;
    },
  };
  const report = await examine(context, {
    ...{ seen, opened, database, app, problem, endLeftovers },
    locate: locate ? () => locateIn(session, context, opened, database) : undefined,
  });
  return result(report, problem instanceof OakumError ? problem.outcome : undefined);
}

async function locateIn(
  session: Session,
  context: Context,
  opened: OpenTarget | undefined,
  database: DoctorRequest["database"],
) {
  if (opened && database) {
    const journal = { dir: database.dir, target: database.name };
    return await locateWork(session, context, opened, journal);
  }
  throw new OakumError(
    "no-database",
    "failed",
    "There is no database whose schema can be looked at.",
    {
      hint: "Mend what the other lines name, then look again.",
    },
  );
}

function nameOf({ target: { stack, database } }: OpenTarget) {
  return { project: stack.project, service: database.service, database: database.name };
}

async function orError<T>(answer: Promise<T>): Promise<T | OakumError> {
  return await answer.catch((error) => error instanceof OakumError ? error : Promise.reject(error));
}

/** As much of a target as can be opened. */
interface Opening extends AsyncDisposable {
  readonly opened: OpenTarget | undefined;
  /** Whether it is the database that was asked for, and not only its server. */
  readonly whole: boolean;
  /** Why not, where the checks of addresses do not tell it. */
  readonly problem: OakumError | undefined;
}

async function openWhatOpens(context: Context, wish: Wish): Promise<Opening> {
  try {
    return opening(await openTarget(context, wish), true, undefined);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof OakumError)) throw error;
    // Without a stack there is nothing to look at.
    await seeStack(context, wish).catch(() => Promise.reject(error));
    if (wish.settings.database.name.value !== undefined) return opening(undefined, false, error);
    const server = await openServer(context, wish, error);
    const told = server !== undefined || error.code === "database-not-running";
    return opening(server, false, told ? undefined : error);
  }
}

function opening(opened: OpenTarget | undefined, whole: boolean, problem?: OakumError): Opening {
  const dispose = async () => await opened?.[Symbol.asyncDispose]();
  return { opened, whole, problem, [Symbol.asyncDispose]: dispose };
}

/** Where an app names a database that is not there, the server can still be asked. */
async function openServer(
  context: Context,
  { settings, ...rest }: Wish,
  { code, data: { service } }: OakumError,
): Promise<OpenTarget | undefined> {
  if (code !== "no-database" || typeof service !== "string") return undefined;
  const source = { kind: "flag", name: "oakum doctor" } as const;
  const database = {
    ...settings.database,
    service: { value: service, source },
    name: { value: "postgres", source },
  };
  const { service: _, ...app } = settings.app;
  const unnamed = { ...app, service: { value: undefined, source } };
  const wish = { ...rest, settings: { ...settings, database, app: unnamed } };
  return await openTarget(context, wish).catch(() => undefined);
}

/** The target's app; else the stack's, where its address leads to no database that is there. */
async function appOf(
  context: Context,
  wish: Wish,
  seen: SeenStack,
  opened: OpenTarget | undefined,
): Promise<AppPlace | undefined> {
  if (opened?.target.app) return opened.target.app;
  const found = await findApp(context, wish).catch(() => undefined);
  const routes = seen.services.find(({ name }) => name === found?.app.service)?.routes ?? [];
  const databases = opened?.target.inventory.databases.map(({ name }) => name) ?? [];
  const server = opened?.target.database.server.container.Id;
  const elsewhere = leadingRoutes(routes).some((route) =>
    opened && (route.server?.Id !== server ||
      route.databases.some((name) => databases.includes(name)))
  );
  return elsewhere ? undefined : found?.app;
}

/** Where the backups most likely are, when no stack can say it. */
async function likelyBackupDir({ settings, directory }: Session): Promise<string | undefined> {
  const named = settings.backups.dir.value;
  if (named !== undefined) return named;
  const folder = settings.file === undefined
    ? (await findComposeFolder(directory))?.folder
    : dirname(settings.file);
  return folder === undefined ? undefined : join(folder, "backups");
}

/** Without Docker or without a target the exit code is that one's own; else 9 where trouble is. */
function result(report: DoctorReport, outcome?: Outcome): Result {
  const found = report.checks.some(({ level }) => level === "trouble");
  const own = outcome !== undefined && EXIT_CODES[outcome] >= EXIT_CODES.notFound
    ? outcome
    : undefined;
  return {
    outcome: own ?? (found ? "finding" : "done"),
    report,
    text: (page) => showDoctor(report, page),
  };
}
