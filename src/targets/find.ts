import { sourceText } from "../config/source.ts";
import { withDatabaseLabels } from "../config/labels.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import type { ServerSession } from "../postgres/session.ts";
import { chooseApp, type ChosenApp } from "./choose_app.ts";
import { chooseDatabase, type ChosenName } from "./choose_database.ts";
import { chooseServer, type ChosenServer } from "./choose_server.ts";
import { credentialsFor } from "./credentials.ts";
import type { Listening } from "./listening.ts";
import { EarlyLogin } from "./early.ts";
import { exported } from "./exported.ts";
import { type AppPlace, appWithoutDatabase, commandsOf } from "./find_app.ts";
import { pastPooler } from "./past_pooler.ts";
import { type FoundServer, outline, type Scene, setScene, type Wish } from "./scene.ts";
import { logIn, type OpenServer, rightsOn, type Searcher } from "./server.ts";
import { alembicOf } from "./services.ts";
import type { AppTarget, DatabaseTarget, Target } from "./target.ts";
import { newerImage, type ServiceView, type StackView, viewOf } from "./view.ts";

export type { Searcher, ServiceView, StackView, Wish };

/** A stack as it was seen, without a word to its servers. */
export interface SeenStack extends Pick<Scene, "stack" | "servers" | "services" | "members"> {
  /** All of it, without secrets; the addresses of `services` hold passwords. */
  view(): Promise<StackView>;
}

/** A target with an open session to its server; disposing ends the session. */
export interface OpenTarget extends SeenStack, AsyncDisposable {
  readonly target: Target;
  readonly session: ServerSession;
}

/**
 * Finds what a command works on; each choice is recorded in `origins`. `onApp` hears of the app that
 * it will probably be while the server is still being entered.
 */
export async function openTarget(
  searcher: Searcher,
  wish: Wish,
  onApp?: (app: AppPlace) => void,
): Promise<OpenTarget> {
  const outlined = await outline(searcher, wish);
  await using early = EarlyLogin.begin(searcher, wish, outlined);
  const scene = await setScene(searcher, wish, outlined);
  const likely = onApp && await appWithoutDatabase(scene, wish);
  if (likely) onApp(likely);
  const chosen = chooseServer(scene, wish);
  const listening = await scene.landscape.listening(chosen.server.container);
  const opened = await early.take(chosen.server.container.Id) ??
    await enter(searcher, scene, wish, chosen.server, listening);
  try {
    const name = nameIn(scene, wish, chosen.server, opened);
    const database = databaseTarget(chosen.server, scene, opened, name.name);
    const text = `${database.service}/${database.name}`;
    const to = { server: chosen.server.container.Id, database: name.name, text };
    const app = await chooseApp(scene, wish, to);
    const target: Target = {
      stack: scene.stack,
      database,
      app: app && await appTarget(app, scene, chosen.server.container),
      inventory: opened.inventory,
      origins: origins(scene, chosen, name, listening, database, app),
    };
    return {
      target,
      session: opened.session,
      ...seen(scene),
      [Symbol.asyncDispose]: () => opened.session[Symbol.asyncDispose](),
    };
  } catch (error) {
    await opened.session[Symbol.asyncDispose]();
    throw error;
  }
}

/** Everything in a stack, without a word to its servers: for when a target cannot be found. */
export async function seeStack(searcher: Searcher, wish: Wish): Promise<SeenStack> {
  return seen(await setScene(searcher, wish, await outline(searcher, wish)));
}

function seen(scene: Scene): SeenStack {
  const { stack, servers, services, members } = scene;
  return { stack, servers, services, members, view: () => viewOf(scene) };
}

/** The same, as it is shown. */
export async function findStack(searcher: Searcher, wish: Wish): Promise<StackView> {
  return await (await seeStack(searcher, wish)).view();
}

/** Logs in to a server as the stack's own users; the caller disposes the session. */
export async function enter(
  searcher: Searcher,
  scene: Scene,
  wish: Wish,
  { container }: FoundServer,
  listening: Listening,
): Promise<OpenServer> {
  const routes = scene.services.flatMap(({ name, routes }) =>
    routes.filter(({ server }) => server?.Id === container.Id)
      .map(({ address, databases }) => ({ address, databases, container: name }))
  );
  const { user } = databaseSettings(wish, container);
  const wanted = user.value === undefined
    ? undefined
    : { user: user.value, from: sourceText(user.source) };
  const credentials = await credentialsFor(searcher.engine, container, routes, wanted);
  const own = routes.flatMap(({ databases }) => databases);
  const databases = [...new Set(["postgres", ...own, "template1"])];
  return await logIn(searcher, { container, listening, credentials, databases });
}

function databaseSettings({ settings }: Wish, { Name, Config }: ContainerDetail) {
  const labelled = { container: Name.slice(1), labels: Config.Labels };
  return withDatabaseLabels(settings.database, labelled);
}

function nameIn(
  scene: Scene,
  wish: Wish,
  server: FoundServer,
  { inventory }: OpenServer,
): ChosenName {
  const database = databaseSettings(wish, server.container);
  const app = wish.settings.app.service.value;
  return chooseDatabase(scene, server, { database, app }, inventory);
}

function databaseTarget(
  { service, project }: FoundServer,
  { stack }: Scene,
  { session, inventory }: OpenServer,
  name: string,
): DatabaseTarget {
  return {
    service,
    project: project === stack.project ? undefined : project,
    server: session.server,
    name,
    rights: rightsOn(inventory, name),
    inRecovery: inventory.inRecovery,
  };
}

async function appTarget(
  { service, sameAs, route }: ChosenApp,
  { landscape }: Scene,
  server: ContainerDetail,
): Promise<AppTarget> {
  const { container, look, running, members } = service;
  const replicas = members.slice(1).map(({ name }) => name);
  return {
    service: service.name,
    container,
    running,
    sameAs: [...replicas, ...sameAs.map(({ name }) => name)],
    sighting: alembicOf(service),
    otherCommands: commandsOf(sameAs),
    route,
    environment: exported(look, container),
    user: look.user,
    workdir: look.workdir,
    pastPooler: await pastPooler(service, server, landscape),
    newerImage: await newerImage(container, landscape.survey),
  };
}

function origins(
  scene: Scene,
  server: ChosenServer,
  name: ChosenName,
  listening: Listening,
  { server: access }: DatabaseTarget,
  app: ChosenApp | undefined,
): ReadonlyMap<string, string> {
  return new Map([
    ["stack", scene.from],
    ["database.service", server.from],
    ["database.name", name.from],
    ["database.port", listening.from],
    ["database.user", access.credentials.from],
    ...app ? [["app.service", app.from], ["app.environment", app.service.look.from]] as const : [],
  ]);
}
