import type { ImageName } from "../../../docker/catalogue.ts";
import { output } from "../../../docker/command.ts";
import { ensureImages } from "../../../docker/images.ts";
import type { TargetName } from "../../../src/backups/manifest.ts";
import type { Ask, Question } from "../../../src/core/ask.ts";
import type { OakumEvent } from "../../../src/core/events.ts";
import { newRunId } from "../../../src/core/run.ts";
import { systemClock } from "../../../src/core/time.ts";
import type { CommandHost } from "../../../src/docker/run.ts";
import { openAlembic } from "../../../src/migrators/alembic/open.ts";
import type { Migrator } from "../../../src/migrators/migrator.ts";
import type { Context } from "../../../src/operations/context.ts";
import type { Reached } from "../../../src/operations/migrate/standing.ts";
import { migrate } from "../../../src/operations/migrate.ts";
import { ServerSession } from "../../../src/postgres/session.ts";
import { type Container, startContainer } from "../container.ts";
import { server, type TestDatabase } from "../fixtures.ts";
import { type RevisionFile, writeProject } from "./project.ts";

/** Where the project is in the app's container. */
export const FOLDER = "/srv/project";

/** How a test's app differs from an ordinary one. */
export interface AppOptions {
  readonly revisions: readonly RevisionFile[];
  /** Further files of the project, or others in their place. */
  readonly files?: Readonly<Record<string, string>>;
  readonly image?: ImageName;
  readonly driver?: string;
  readonly x?: readonly string[];
  /** Whether the project's folder is mounted; else it is copied into the container. */
  readonly mounted?: boolean;
  /** Options of `docker run`. */
  readonly options?: readonly string[];
}

/** An app beside a server, a database of its own, and all that an operation is given. */
export interface TestApp extends AsyncDisposable {
  readonly context: Context;
  /** What was asked, in order; every answer is yes. */
  readonly asked: readonly Question[];
  readonly events: readonly OakumEvent[];
  readonly place: Reached;
  readonly migrator: Migrator;
  readonly host: CommandHost;
  readonly database: TestDatabase;
  readonly container: Container;
  /** The project's folder on this machine. */
  readonly folder: string;
  /** A folder for backups and the journal. */
  readonly dir: string;
  readonly target: TargetName;
  upgrade(revision: string): Promise<void>;
}

/** Starts an app whose project leads to a fresh database. */
export async function startApp(options: AppOptions): Promise<TestApp> {
  await using resources = new AsyncDisposableStack();
  const { image = "app", driver = "psycopg", mounted = true, x = [] } = options;
  const postgres = await server("postgres17");
  const database = resources.use(await postgres.createDatabase());
  const root = await temporaryFolder(resources);
  const folder = `${root}/project`;
  await writeProject(folder, options.revisions, options.files);
  const { [image]: tag } = await ensureImages([image]);
  const url = addressOf(driver, postgres.access.credentials.password ?? "", database.name);
  const container = resources.use(
    await startContainer(tag, [
      ...["--network", `container:${postgres.name}`, "--env", `DATABASE_URL=${url}`],
      ...["--workdir", FOLDER, ...mounted ? ["--volume", `${folder}:${FOLDER}`] : []],
      ...options.options ?? [],
    ], ["sleep", "infinity"]),
  );
  if (!mounted) await output(["docker", "cp", `${folder}/.`, `${container.name}:${FOLDER}`]);
  const { engine, access } = postgres;
  const ground = contextOn(engine);
  const { context } = ground;
  const session = resources.use(
    await ServerSession.open(engine, access, context.runId, context.signal),
  );
  const { Id } = (await engine.container(container.name))!;
  const host = { engine, id: Id };
  const migrator = await openAlembic(host, {
    ...{ workdir: undefined, config: undefined, section: undefined, user: undefined },
    ...{ commands: [], x, folders: [FOLDER], environment: {} },
    application: `oakum/${context.runId}/app`,
  }, context.signal);
  const place = { session, database: databaseTarget(access, database.name) };
  const target = { project: "verbs", service: "db", database: database.name };
  const dir = `${root}/backups`;
  const kept = resources.move();
  return {
    ...ground,
    ...{ place, migrator, host, database, container, folder, dir, target },
    upgrade: async (revision) => {
      const request = { direction: "upgrade", revision, target, app: "web", dir } as const;
      const how = { backup: undefined, whyNoBackup: "", lockTimeoutMs: 3000, retries: 0 };
      const run = { ...request, ...how, dryRun: false };
      await migrate(context, place, migrator, run);
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

function contextOn(engine: Context["engine"]) {
  const asked: Question[] = [];
  const events: OakumEvent[] = [];
  const ask: Ask = {
    confirm: (question) => Promise.resolve(void asked.push(question)),
    typeName: (question) => Promise.resolve(void asked.push(question)),
    choose: () => Promise.reject(new Error("nothing is to be chosen")),
  };
  const context: Context = {
    ...{ engine, ask, clock: systemClock, runId: newRunId() },
    emit: (event) => void events.push(event),
    signal: new AbortController().signal,
  };
  return { context, asked, events };
}

async function temporaryFolder(resources: AsyncDisposableStack): Promise<string> {
  const path = await Deno.makeTempDir({ prefix: "oakum-test-" });
  resources.defer(() => Deno.remove(path, { recursive: true }));
  return await Deno.realPath(path);
}

function addressOf(driver: string, password: string, database: string): string {
  return `postgresql+${driver}://postgres:${encodeURIComponent(password)}@127.0.0.1/${database}`;
}

function databaseTarget(
  server: Reached["database"]["server"],
  name: string,
): Reached["database"] {
  const rights = { superuser: true, createDatabase: true, createRole: true, readPasswords: true };
  const more = { endSessions: true, ownsDatabase: true, rename: true };
  return {
    ...{ service: "db", project: undefined, server, name, inRecovery: false },
    rights: { user: "postgres", ...rights, ...more },
  };
}
