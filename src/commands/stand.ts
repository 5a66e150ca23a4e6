import { dirname, join } from "node:path";
import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { Engine } from "../docker/engine.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import type { Tell } from "../migrators/alembic/alembic.ts";
import { openAlembic } from "../migrators/alembic/open.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Context } from "../operations/context.ts";
import type { ServerSession } from "../postgres/session.ts";
import { type OpenTarget, openTarget } from "../targets/find.ts";
import type { AppPlace } from "../targets/find_app.ts";
import type { AppTarget, Target } from "../targets/target.ts";
import { alembicHints, openHost } from "./app_host.ts";
import type { Session } from "./session.ts";
import type { ImageChoice } from "./shared_options.ts";

/** Everything that a verb's operation stands on; disposing it ends the session. */
export interface Stand extends AsyncDisposable {
  readonly context: Context;
  readonly target: Target;
  /** Open to the target's server. */
  readonly server: ServerSession;
  readonly name: TargetName;
  /** The backup folder, absolute. */
  readonly dir: string;
}

/** What the Docker client reads of the environment. */
const DOCKER_VARIABLES = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_TLS",
  "DOCKER_TLS_VERIFY",
  "DOCKER_CERT_PATH",
  "XDG_RUNTIME_DIR",
  "HOME",
] as const;

/** Connects to Docker; nothing is looked for yet. */
export async function openContext(session: Session): Promise<Context> {
  const { environment, clock, emit, signal, runId, ask } = session;
  const engine = await Engine.connect(
    Object.fromEntries(DOCKER_VARIABLES.map((name) => [name, environment(name)])),
  );
  return { engine, clock, emit, signal, runId, ask };
}

/** Connects to Docker and finds what the command is to work on. */
export async function openStand(
  session: Session,
  wish: { changesState: boolean; needsApp?: boolean },
): Promise<Stand> {
  const context = await openContext(session);
  const { settings } = session;
  const { changesState, needsApp = false } = wish;
  const opened = await openTarget(context, { settings, changesState, needsApp });
  try {
    return standOn(context, opened, await backupDir(session, opened.target));
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a target that is open gives an operation to stand on. */
export function standOn(context: Context, opened: OpenTarget, dir: string): Stand {
  const { target, session } = opened;
  const { stack, database } = target;
  return {
    context,
    target,
    server: session,
    name: { project: stack.project, service: database.service, database: database.name },
    dir,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Flags, environment and file come first; then beside the file; then the stack's own folder. */
export async function backupDir(
  { settings }: Session,
  { stack }: Pick<Target, "stack">,
): Promise<string> {
  const named = settings.backups.dir.value;
  if (named !== undefined) return named;
  if (settings.file !== undefined) return join(dirname(settings.file), "backups");
  const folder = stack.workingDir;
  if (
    folder !== undefined && await Deno.stat(folder).then((stat) => stat.isDirectory, () => false)
  ) {
    return join(folder, "backups");
  }
  throw new OakumError(
    "no-backup-dir",
    "refused",
    `The folder of the stack "${stack.project}" is not on this machine${
      folder ? `: ${stack.windowsDir ?? folder}` : ""
    }.`,
    {
      hint: "Go to the folder of its compose file, or say where its backups are: " +
        "OAKUM_BACKUP_DIR=/path, or --dir where the command has it.",
    },
  );
}

/** The migration tool of the app, in the container that commands are run in. */
export interface OpenMigrator extends AsyncDisposable {
  readonly migrator: Migrator;
  readonly host: CommandHost;
  /** The container that it is, or stands for. */
  readonly as: ContainerDetail;
  readonly service: string;
}

/**
 * Opens the app's migration tool: in its running container, or in a one-off one. It sees what the
 * app's main process sees, and is led past a pooler where that can be done.
 */
export function openMigrator(
  session: Session,
  { context, target }: Pick<Stand, "context" | "target">,
  images: ImageChoice,
): Promise<OpenMigrator> {
  return openMigratorOf(session, context, requireApp(target), images);
}

/** Opens the migration tool of an app, whatever its database does. */
export async function openMigratorOf(
  session: Session,
  context: Context,
  app: AppPlace,
  { image }: ImageChoice,
): Promise<OpenMigrator> {
  const host = await openHost(context, app, image);
  try {
    const tell: Tell = (warning) => context.emit({ type: "warning", ...warning });
    const hints = { ...alembicHints(session, app, host.as), tell };
    return {
      migrator: await openAlembic(host, hints, context.signal),
      host,
      as: host.as,
      service: app.service,
      [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
    };
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}

/** The app of a target, which a verb cannot do without. */
export function requireApp({ app, stack, database }: Target): AppTarget {
  if (app) return app;
  throw new OakumError(
    "no-app",
    "notFound",
    `No service of "${stack.project}" has Alembic and leads to "${database.name}".`,
    { hint: "Name the service: --app SERVICE; or see why: oakum doctor" },
  );
}
