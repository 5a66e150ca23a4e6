import type { Setting } from "../config/source.ts";
import { OakumError } from "../core/errors.ts";
import { statusOf } from "../docker/engine.ts";
import type { Inventory } from "./inventory.ts";
import { enter, type Wish } from "./find.ts";
import { type FoundServer, outline, setScene } from "./scene.ts";
import type { OpenServer, Searcher } from "./server.ts";
import { stacksOf } from "./stacks.ts";
import { Survey } from "./survey.ts";
import type { Stack } from "./target.ts";

/** A PostgreSQL server of a stack, not entered yet. */
export interface ServerOfStack {
  readonly stack: Stack;
  readonly service: string;
  /** Logs in; the caller disposes the session. */
  open(): Promise<OpenServer>;
}

/**
 * Every server of every stack on the engine; a project or a service that is named on the command line
 * or in the environment narrows it. A settings file does not: it speaks of its own stack only.
 */
export async function everyServer(searcher: Searcher, wish: Wish): Promise<ServerOfStack[]> {
  const { project, database } = wish.settings;
  const stacks = stacksOf(await Survey.take(searcher.engine))
    .filter((stack) => isWanted(project, stack.project));
  const found: ServerOfStack[] = [];
  for (const stack of stacks) {
    searcher.signal.throwIfAborted();
    found.push(...await serversIfThere(searcher, wish, stack));
  }
  return found.filter(({ service }) => service === "*" || isWanted(database.service, service));
}

/** Whether a run over everything is to work on the one of that name. */
export function isWanted(setting: Setting<string | undefined>, name: string): boolean {
  return !isTyped(setting) || setting.value === name;
}

/** Whether somebody asked for this very run, rather than wrote it down for a stack. */
export function isTyped({ value, source }: Setting<string | undefined>): boolean {
  return value !== undefined && (source.kind === "flag" || source.kind === "environment");
}

/** A stack that goes while it is looked at is none of ours; one that hides is a failure of its own. */
async function serversIfThere(
  searcher: Searcher,
  wish: Wish,
  stack: Stack,
): Promise<ServerOfStack[]> {
  try {
    return await serversOf(searcher, { ...wish, settings: settingsIn(wish.settings, stack) });
  } catch (error) {
    searcher.signal.throwIfAborted();
    const gone = statusOf(error) === 404 || statusOf(error) === 409 ||
      error instanceof OakumError && ["no-such-stack", "container-gone"].includes(error.code);
    if (gone) return [];
    return [{ stack, service: "*", open: () => Promise.reject(error) }];
  }
}

/** A server that a stack uses in another one is that one's own. */
async function serversOf(searcher: Searcher, wish: Wish): Promise<ServerOfStack[]> {
  const outlined = await outline(searcher, wish);
  if (outlined.own.length === 0) return [];
  const scene = await setScene(searcher, wish, outlined);
  const open = async (server: FoundServer) => {
    const listening = await scene.landscape.listening(server.container);
    return await enter(searcher, scene, wish, server, listening);
  };
  const { stack } = scene;
  const own = scene.servers.filter(({ project }) => project === stack.project);
  return Array.from(
    Map.groupBy(own, ({ service }) => service),
    ([service, [server, ...others]]) => ({
      stack,
      service,
      open: () => others.length === 0 ? open(server!) : Promise.reject(severalServers(service)),
    }),
  );
}

/** Backups are filed by service: those of two servers would end in one folder. */
function severalServers(service: string): OakumError {
  return new OakumError(
    "database-ambiguous",
    "notFound",
    `The service "${service}" runs several PostgreSQL servers.`,
    { hint: "Give each of them a service of its own." },
  );
}

type StackSettings = Wish["settings"];

/** What the settings say of one stack: a file's app, database and user are those of its own. */
export function settingsIn(settings: StackSettings, stack: Stack): StackSettings {
  const { project, workingDir } = stack;
  const source = { kind: "default" } as const;
  const named = { ...settings, project: { value: project, source } };
  const nothing = { value: undefined, source };
  const app = { ...settings.app, service: nothing };
  const { value = workingDir === settings.directory ? project : undefined } = settings.project;
  if (value === project) return { ...named, app };
  return {
    ...named,
    app: { ...nothingOf(settings.app, nothing), x: { value: [], source } },
    database: nothingOf(settings.database, nothing),
  };
}

function nothingOf<K extends string, N>(settings: Readonly<Record<K, unknown>>, nothing: N) {
  const names = Object.keys(settings) as K[];
  return Object.fromEntries(names.map((name) => [name, nothing])) as Record<K, N>;
}

/** The databases of a server that are somebody's: neither templates nor oakum's own. */
export function ownDatabases({ databases }: Inventory): string[] {
  return databases.filter(({ mark }) => mark === undefined).map(({ name }) => name);
}
