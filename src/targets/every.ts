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

/** Every server of every stack on the engine; a project or a service that is named narrows it. */
export async function everyServer(searcher: Searcher, wish: Wish): Promise<ServerOfStack[]> {
  const { project, database } = wish.settings;
  const stacks = stacksOf(await Survey.take(searcher.engine))
    .filter((stack) => project.value === undefined || stack.project === project.value);
  const found: ServerOfStack[] = [];
  for (const stack of stacks) {
    searcher.signal.throwIfAborted();
    found.push(...await serversIfThere(searcher, wish, stack));
  }
  const named = database.service.value;
  return found.filter(({ service }) => named === undefined || [named, "*"].includes(service));
}

/** A stack that goes while it is looked at is none of ours; one that hides is a failure of its own. */
async function serversIfThere(
  searcher: Searcher,
  wish: Wish,
  stack: Stack,
): Promise<ServerOfStack[]> {
  try {
    return await serversOf(searcher, within(wish, stack));
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
  return scene.servers.filter(({ project }) => project === scene.stack.project)
    .map((server) => ({
      stack: scene.stack,
      service: server.service,
      open: () => open(server),
    }));
}

function within(wish: Wish, { project }: Stack): Wish {
  const source = { kind: "default" } as const;
  return { ...wish, settings: { ...wish.settings, project: { value: project, source } } };
}

/** The databases of a server that are somebody's: neither templates nor oakum's own. */
export function ownDatabases({ databases }: Inventory): string[] {
  return databases.filter(({ mark }) => mark === undefined).map(({ name }) => name);
}
