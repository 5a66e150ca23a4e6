import { isApp } from "./choose_server.ts";
import { exported } from "./exported.ts";
import { groupByScripts } from "./same_scripts.ts";
import { outline, type Scene, setScene, type Wish } from "./scene.ts";
import type { Searcher } from "./server.ts";
import { alembicOf, type Service } from "./services.ts";
import type { AppTarget, Stack } from "./target.ts";

/** What opening an app's migration tool takes. */
export type AppPlace = Pick<
  AppTarget,
  | "service"
  | "container"
  | "running"
  | "sighting"
  | "otherCommands"
  | "environment"
  | "user"
  | "workdir"
  | "pastPooler"
>;

/** An app without a database. */
export interface FoundApp {
  readonly stack: Stack;
  readonly app: AppPlace;
}

/**
 * Finds the app of a stack whose database cannot be reached: the service that is named, else the
 * only one with migrations. Nothing where that is not clear.
 */
export async function findApp(searcher: Searcher, wish: Wish): Promise<FoundApp | undefined> {
  const scene = await setScene(searcher, wish, await outline(searcher, wish));
  const app = await appWithoutDatabase(scene, wish);
  return app && { stack: scene.stack, app };
}

/** The same in a stack that was looked at. */
export async function appWithoutDatabase(
  { services, landscape }: Scene,
  wish: Wish,
): Promise<AppPlace | undefined> {
  const wanted = wish.settings.app.service.value;
  const candidates = services.filter((service) =>
    wanted === undefined ? isApp(service) : service.name === wanted
  );
  const [group, ...others] = await groupByScripts(candidates, landscape);
  const [first, ...sameAs] = group ?? [];
  if (!first || others.length > 0) return undefined;
  const { name, container, running, look } = first;
  const { user, workdir } = look;
  return {
    ...{ service: name, container, running, user, workdir, pastPooler: undefined },
    sighting: alembicOf(first),
    otherCommands: commandsOf(sameAs),
    environment: exported(look, container),
  };
}

/** What each service is started with. */
export function commandsOf(services: readonly Service[]): string[][] {
  return services.map(({ container: { Config } }) => [...Config.Entrypoint, ...Config.Cmd]);
}
