import { both } from "../../core/both.ts";
import type { Engine } from "../../docker/engine.ts";
import type { DatabaseFacts } from "../../backups/manifest.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import { ofContainer, sweepContainers } from "../../docker/sweep.ts";
import type { CommandHost } from "../../docker/run.ts";
import type { Migrator } from "../../migrators/migrator.ts";
import { carryOver } from "../../postgres/carry.ts";
import { copiedSettings } from "../../postgres/copied_settings.ts";
import { inTemplate } from "../../postgres/maintenance.ts";
import { readOrigins } from "../../postgres/preload.ts";
import { Sandbox } from "../../postgres/sandbox.ts";
import { ServerSession } from "../../postgres/session.ts";
import { SpaceWatch } from "../../postgres/space.ts";
import { execute } from "../../postgres/statement.ts";
import { Clone } from "../../targets/clone.ts";
import { type Dialled, hostNames } from "../../targets/dialled.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import { type OpenSandbox, requireSandboxRoom } from "../sandbox/load_backup.ts";
import { leftStanding } from "../left_standing.ts";
import { Copy } from "./copy.ts";
import { copyTablespaces } from "./copy_tablespaces.ts";
import {
  copyProperties,
  type CopySource,
  createMissingRoles,
  type Filling,
  fillingOf,
} from "./copy_source.ts";

import type { ServiceClone } from "./services.ts";

/** How an app is cloned. */
export interface CloneRequest {
  /** The app's container as it would be: its own, or with another image. */
  readonly as: ContainerDetail;
  readonly dialled: Dialled;
  /** Finds the migration tool in the clone; what it starts there ends when it is disposed of. */
  readonly open: (host: CommandHost) => Promise<Migrator & AsyncDisposable>;
  /** Variables laid over the app's own; may hold secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Paths in it that can be written to. */
  readonly writable: readonly string[];
}

/** What a copy is to be. */
export interface CopyRequest {
  readonly source: CopySource;
  /** The real database: its image, shape and settings are taken, and nothing is done to it. */
  readonly real: Reached;
  readonly app: CloneRequest;
  /** Bytes that the server of the copy may use, and the app where it has no limit of its own. */
  readonly memory: number | undefined;
  /** Other services of the stack that are to be there. */
  readonly services: readonly ServiceClone[];
}

/** The least that a copy's server may use, in bytes, where nothing else is said. */
const LEAST_MEMORY = 2 * 2 ** 30;

/**
 * Half of the machine's: what is loaded stays in the limit until it is on the disk, so that a small
 * one makes the load wait for that.
 */
async function memoryOf(engine: Engine): Promise<number> {
  return Math.max(LEAST_MEMORY, Math.floor(await engine.memory() / 2));
}

/** How many times the database lies in the sandbox at most: the copy, and the state before a step. */
const COPIES = 2;
/** What a Python with Alembic holds while it waits between programs, in bytes: measured, rounded up. */
const PYTHON = 40 * 2 ** 20;

/** The log is measured, so it must be written as the real server would write it. */
const LIKE_THE_REAL = ["full_page_writes=on"];

/**
 * Loads a database into a server without a network, and starts a clone of the app beside it to which
 * every name of the real server leads there. All of it ends with the copy, or with oakum.
 */
export async function openCopy(context: Context, request: CopyRequest): Promise<Copy> {
  const { engine, emit, runId, signal } = context;
  const { real, app, services } = request;
  const memory = request.memory ?? await memoryOf(engine);
  await using resources = new AsyncDisposableStack();
  await sweepDead(context, real);
  const filling = await fillingOf(request.source, real);
  emit({ type: "step", step: "sandbox", text: "Starting a server without a network" });
  const { server } = real.database;
  const sandbox = resources.use(
    await Sandbox.start(engine, server, runId, signal, {
      ...app.dialled,
      hosts: [...app.dialled.hosts, ...services.flatMap(({ as }) => hostNames(as))],
      memory,
      ...await likeTheReal(real, filling.facts),
    }),
  );
  tellNotLoaded(context, sandbox);
  await requireSandboxRoom(sandbox, { bytes: filling.facts.bytes, dump: filling.dump }, COPIES);
  const watch = resources.use(new SpaceWatch(sandbox, sandbox.folders));
  const stop = AbortSignal.any([signal, watch.signal]);
  return await sandbox.use(async () => {
    const session = resources.use(
      await ServerSession.open(engine, sandbox.access, `${runId}s`, stop),
    );
    const [clone, properties] = await both(
      stop,
      (stop) => openClone(context, { ...request, memory }, sandbox, resources, stop),
      (stop) => fill(context, request, { sandbox, session }, filling, stop),
    );
    const parts = { ...clone, session, sandbox, properties, runId, signal: stop, as: app.as };
    return new Copy({ ...parts, database: real.database.name }, resources.move());
  }, stop);
}

/** What a run that died left in the sandbox's place; the living are left alone. */
async function sweepDead({ engine, clock, emit }: Context, { database }: Reached): Promise<void> {
  const isMeant = await ofContainer(engine, database.server.container.Id);
  for (const { name, run } of await sweepContainers(engine, clock, isMeant, leftStanding(emit))) {
    emit({ type: "note", text: `Removed ${name}, which run ${run} left behind when it died` });
  }
}

/** What the real server's own settings decide of the sandbox. */
async function likeTheReal({ session, database }: Reached, { extensions }: DatabaseFacts) {
  const sql = session.sql(database.name, { max: 1, bare: true });
  try {
    const [row] = await sql<{ tls: boolean }[]>`select current_setting('ssl')::bool as tls`;
    const settings = [...await copiedSettings(sql), ...LIKE_THE_REAL];
    const { superuser, libraries } = await readOrigins(sql, extensions);
    const preload = { libraries, database: database.name };
    return { tls: row?.tls ?? false, settings, preload, superuser };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function tellNotLoaded({ emit }: Context, { notLoaded }: Sandbox): void {
  if (notLoaded.length === 0) return;
  const text = `The copy's server does not start with what the real one loads: ${
    notLoaded.join(", ")
  }.`;
  emit({ type: "warning", code: "library-not-loaded", text });
}

async function openClone(
  context: Context,
  { real, app, memory }: CopyRequest & { readonly memory: number },
  sandbox: Sandbox,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
) {
  const { engine, runId } = context;
  const wish = {
    ...{ runId, signal, memory, waiting: 0, environment: {}, writable: [] },
    sandbox: sandbox.id,
    database: real.database.server.container,
    socketFolder: app.dialled.socketFolder,
  };
  const { environment, writable } = app;
  const clone = resources.use(
    await Clone.start(engine, app.as, { ...wish, environment, writable, waiting: PYTHON }),
  );
  for (const text of clone.leftOut) {
    context.emit({ type: "warning", code: "mount-left-out", text });
  }
  return { app: clone, cloneWish: wish, migrator: resources.use(await app.open(clone)) };
}

async function fill(
  context: Context,
  { real }: CopyRequest,
  open: OpenSandbox,
  { facts, roles, load }: Filling,
  signal: AbortSignal,
) {
  const { session } = open;
  const { database } = real;
  await roles(context, session, signal);
  await inTemplate(session, async (sql) => {
    await createMissingRoles(sql, facts, database);
    // initdb made one of this name, which is not like the real one.
    if (database.name === "postgres") await execute(sql, "drop database postgres with (force)");
  });
  await copyTablespaces(real, open, signal);
  await load(context, open, database.name, signal);
  return await inTemplate(session, async (sql) => {
    const properties = await copyProperties(sql, facts);
    for (const text of await carryOver(sql, properties, database.name)) {
      context.emit({ type: "warning", code: "setting-left-out", text });
    }
    return properties;
  });
}
