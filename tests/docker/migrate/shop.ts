import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ImageName } from "../../../docker/catalogue.ts";
import { ensureImages } from "../../../docker/images.ts";
import type { JournalEntry } from "../../../src/backups/journal_entry.ts";
import { readJournal } from "../../../src/backups/journal_read.ts";
import { targetPath } from "../../../src/backups/target_path.ts";
import type { Ask, Question } from "../../../src/core/ask.ts";
import { OakumError } from "../../../src/core/errors.ts";
import type { OakumEvent } from "../../../src/core/events.ts";
import { newRunId } from "../../../src/core/run.ts";
import { systemClock } from "../../../src/core/time.ts";
import { Alembic } from "../../../src/migrators/alembic/alembic.ts";
import { SingleRuns } from "../../../src/migrators/alembic/program_runs.ts";
import { backUp } from "../../../src/operations/backup.ts";
import type { Context } from "../../../src/operations/context.ts";
import { migrate, type MigrationRequest } from "../../../src/operations/migrate.ts";
import { ServerSession } from "../../../src/postgres/session.ts";
import type { BackupReport } from "../../../src/reports/backup.ts";
import type { MigrationPlan, MigrationReport } from "../../../src/reports/migration.ts";
import type { DatabaseTarget } from "../../../src/targets/target.ts";
import { agreeable } from "../agreeable.ts";
import { type Container, startContainer } from "../container.ts";
import { server, type TestDatabase, type TestServer } from "../fixtures.ts";
import { type EnvFile, type RevisionFile, writeProject } from "./project.ts";

/** Where the folder of all projects is mounted. */
const MOUNT = "/srv/projects";

/** An app beside a server: one for the tests of a file, each with a project and a database. */
export interface Shop extends AsyncDisposable {
  readonly app: Container;
  readonly server: TestServer;
  readonly python: string;
  /** The folder of all projects, here. */
  readonly folder: string;
  scene(revisions: readonly RevisionFile[], env?: EnvFile | string): Promise<Scene>;
}

/** How a shop's app differs from an ordinary one. */
export interface ShopOptions {
  readonly image?: ImageName;
  readonly options?: readonly string[];
  readonly driver?: string;
  readonly python?: string;
  readonly server?: TestServer;
  /** A network in which the server is called `db`; else the app shares the server's own. */
  readonly network?: string;
}

/** A project in the app, and a database for it. */
export interface Scene extends AsyncDisposable {
  readonly shop: Shop;
  readonly database: TestDatabase;
  readonly name: string;
  /** The project's folder, here and in the app. */
  readonly folder: string;
  readonly inside: string;
  /** The backup folder. */
  readonly backups: string;
  /** What leads the app to the database. */
  readonly url: string;
  /** Runs `oakum upgrade`, as it is below the command line. */
  run(request?: Partial<MigrationRequest>, given?: Given): Promise<Ran>;
  /** Takes a backup of the database. */
  backUp(): Promise<BackupReport>;
  /** The hash of what is in the script folder, as the app sees it. */
  scripts(): Promise<string>;
  /** What the version table holds. */
  heads(): Promise<string[]>;
  /** The tables beside the version table. */
  tables(): Promise<string[]>;
}

/** What a run may be given. */
export interface Given {
  readonly signal?: AbortSignal;
  readonly url?: string;
  readonly onEvent?: (event: OakumEvent) => void;
  readonly answer?: (question: Question) => void;
  readonly runId?: string;
}

/** How a run ended. */
export interface Ran {
  readonly report: MigrationPlan | MigrationReport | undefined;
  /** Undefined where it ended well. */
  readonly error: OakumError | undefined;
  readonly events: readonly OakumEvent[];
  readonly asked: readonly Question[];
  readonly runId: string;
}

/** Starts an app in the network of the shared server. */
export async function openShop(given: ShopOptions = {}): Promise<Shop> {
  const { image = "app", options = [], driver = "psycopg", python = "/srv/venv/bin/python" } =
    given;
  const postgres = given.server ?? await server("postgres17");
  const { [image]: tag } = await ensureImages([image]);
  const folder = await Deno.makeTempDir({ prefix: "oakum-migrate-" });
  await Deno.chmod(folder, 0o755);
  const network = ["--network", given.network ?? `container:${postgres.name}`];
  const host = given.network === undefined ? "127.0.0.1" : "db";
  const mount = ["--volume", `${folder}:${MOUNT}`];
  // Not the image's own command: apps of several files share one network, and its port.
  const app = await startContainer(tag, [...network, ...mount, ...options], ["sleep", "infinity"]);
  const shop: Shop = {
    app,
    server: postgres,
    python,
    folder,
    scene: async (revisions, env) => {
      const name = `p${randomBytes(4).toString("hex")}`;
      await writeProject(join(folder, name), revisions, env);
      return sceneOf(shop, await postgres.createDatabase(), name, `postgresql+${driver}`, host);
    },
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
  return shop;
}

function sceneOf(
  shop: Shop,
  database: TestDatabase,
  name: string,
  scheme: string,
  host: string,
): Scene {
  const { user, password = "" } = shop.server.access.credentials;
  const url = `${scheme}://${user}:${encodeURIComponent(password)}@${host}/${database.name}`;
  const scene: Scene = {
    shop,
    database,
    name,
    folder: join(shop.folder, name),
    inside: `${MOUNT}/${name}`,
    backups: join(shop.folder, `${name}-backups`),
    url,
    run: (request, given) => runIn(scene, request, given),
    backUp: async () => {
      const runId = newRunId();
      await using session = await ServerSession.open(
        shop.server.engine,
        shop.server.access,
        runId,
      );
      const { target, dir } = requestOf(scene);
      const context = contextOf(scene, runId, {});
      return await backUp(context, session, database.name, {
        ...{ dir, target, format: "custom", verify: "none", reason: null, accept: true },
      });
    },
    scripts: async () => {
      const { signal } = new AbortController();
      const project = await alembicOf(scene, {}, newRunId()).read({ database: false }, signal);
      return project.scriptsSha256;
    },
    heads: () => headsOf(database),
    tables: async () => {
      const rows = await database.sql<{ name: string }[]>`
        select tablename as name from pg_tables where schemaname = 'public'
          and tablename <> 'alembic_version' order by 1`;
      return rows.map((row) => row.name);
    },
    // A test's own server may have been stopped, and goes as a whole.
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve(database[Symbol.asyncDispose]()).catch(() => {});
    },
  };
  return scene;
}

/** What a version table holds; nothing where there is none. */
export async function headsOf({ sql }: TestDatabase, table = "alembic_version"): Promise<string[]> {
  const [found] = await sql`select 1 from pg_tables where tablename = ${table}`;
  if (!found) return [];
  const rows = await sql<{ id: string }[]>`select version_num as id from ${sql(table)} order by 1`;
  return rows.map(({ id }) => id);
}

async function runIn(
  scene: Scene,
  request: Partial<MigrationRequest> = {},
  given: Given = {},
): Promise<Ran> {
  const runId = given.runId ?? newRunId();
  const events: OakumEvent[] = [];
  const asked: Question[] = [];
  const ask = (question: Question) => {
    asked.push(question);
    given.answer?.(question);
    return Promise.resolve();
  };
  const { engine } = scene.shop.server;
  const context = contextOf(scene, runId, {
    ...given,
    ask: { confirm: ask, typeName: ask, choose: () => Promise.reject(new Error("not asked")) },
    onEvent: (event) => {
      events.push(event);
      given.onEvent?.(event);
    },
  });
  const work = async () => {
    const { access } = scene.shop.server;
    await using session = await ServerSession.open(engine, access, runId, context.signal);
    const place = { session, database: targetOf(scene) };
    return await migrate(context, place, alembicOf(scene, given, runId), {
      ...requestOf(scene),
      ...request,
    });
  };
  try {
    return { report: await work(), error: undefined, events, asked, runId };
  } catch (error) {
    if (!(error instanceof OakumError)) throw error;
    return { report: undefined, error, events, asked, runId };
  }
}

function contextOf(
  { shop }: Scene,
  runId: string,
  { signal, onEvent, ask = agreeable }: Pick<Given, "signal" | "onEvent"> & { ask?: Ask },
): Context {
  return {
    engine: shop.server.engine,
    runId,
    clock: systemClock,
    signal: signal ?? new AbortController().signal,
    emit: (event) => onEvent?.(event),
    ask,
  };
}

/** Where the project and its Python are is known here; how they are found is tested elsewhere. */
function alembicOf({ shop, inside, url }: Scene, given: Given, runId: string): Alembic {
  const host = { engine: shop.server.engine, id: shop.app.name };
  const environment = { DATABASE_URL: given.url ?? url };
  const project = { working_dir: inside, config: "alembic.ini", name: undefined };
  const { python } = shop;
  return new Alembic(
    new SingleRuns(host, { path: python, user: undefined, environment }),
    python,
    { ...project, python_path: [], x: [] },
    `oakum/${runId}/app`,
  );
}

function targetOf({ shop, database }: Scene): DatabaseTarget {
  const all = { superuser: true, createDatabase: true, createRole: true, readPasswords: true };
  const rights = { user: "postgres", ...all, endSessions: true, ownsDatabase: true, rename: true };
  const { access } = shop.server;
  const { name } = database;
  return { service: "db", project: undefined, server: access, name, rights, inRecovery: false };
}

function requestOf({ database, backups }: Scene): MigrationRequest {
  return {
    direction: "upgrade",
    revision: "head",
    target: { project: "shop", service: "db", database: database.name },
    app: "web",
    backup: undefined,
    whyNoBackup: "No backup is taken: the test wants none.",
    dir: backups,
    lockTimeoutMs: 3000,
    retries: 10,
    dryRun: false,
  };
}

/** Where the journal is. */
export function journalPath({ backups, database }: Scene): string {
  const target = { project: "shop", service: "db", database: database.name };
  return join(targetPath(backups, target), "journal.jsonl");
}

/** What the journal says. */
export async function journalOf(scene: Scene): Promise<readonly JournalEntry[]> {
  const { entries, notes } = await readJournal(journalPath(scene));
  if (notes.length > 0) throw new Error(`The journal has damaged lines: ${notes[0]?.text}`);
  return entries;
}
