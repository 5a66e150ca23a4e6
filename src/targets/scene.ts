import type { Settings } from "../config/settings.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { Landscape } from "./landscape.ts";
import type { Searcher } from "./server.ts";
import { type Service, servicesOf } from "./services.ts";
import { chooseStack, stacksOf } from "./stacks.ts";
import { type Member, Survey } from "./survey.ts";
import type { Stack } from "./target.ts";

/** What a command wants to work on. */
export interface Wish {
  readonly settings: Pick<Settings, "directory" | "project" | "app" | "database">;
  /** What changes state never takes a stack that neither folder nor name points to. */
  readonly changesState: boolean;
  /** Whether there must be exactly one app; without, one that is unclear is left out. */
  readonly needsApp: boolean;
}

/** A PostgreSQL server that a stack has, or that one of its apps leads to. */
export interface FoundServer {
  readonly container: ContainerDetail;
  /** The service, or the container's name where Compose did not make it. */
  readonly service: string;
  readonly project: string | undefined;
}

/** A stack with all that was found in it, before anything is chosen. */
export interface Scene {
  readonly stack: Stack;
  /** Why this stack. */
  readonly from: string;
  readonly landscape: Landscape;
  readonly members: readonly Member[];
  /** Its own first, then those in other projects. */
  readonly servers: readonly FoundServer[];
  readonly services: readonly Service[];
}

/** A stack and the servers of its own, before anything was looked into. */
export interface Outline {
  readonly stack: Stack;
  /** Why this stack. */
  readonly from: string;
  readonly landscape: Landscape;
  readonly members: readonly Member[];
  readonly own: readonly ContainerDetail[];
}

/** Finds the stack and its servers. */
export async function outline(searcher: Searcher, wish: Wish): Promise<Outline> {
  const survey = await Survey.take(searcher.engine);
  const landscape = new Landscape(searcher.engine, survey);
  const { stack, from } = await chooseStack(stacksOf(survey), {
    ...wish,
    others: survey.others,
    projectsWithDatabase: () => projectsWithDatabase(landscape),
  });
  searcher.signal.throwIfAborted();
  const members = survey.of(stack.project);
  const own = await landscape.serversAmong(await survey.details(members.map(({ id }) => id)));
  return { stack, from, landscape, members, own };
}

/** Looks at everything in a stack. */
export async function setScene(
  { signal }: Searcher,
  { settings }: Wish,
  { stack, from, landscape, members, own }: Outline,
): Promise<Scene> {
  const { workdir, alembic, name: section, x } = settings.app;
  const services = await servicesOf(members, {
    landscape,
    stack: members.map(({ id }) => id),
    hint: {
      workdir: workdir.value,
      config: alembic.value,
      section: section.value,
      x: x.value,
    },
    signal,
  });
  const led = services.flatMap(({ routes }) => routes.flatMap(({ server }) => server ?? []));
  const servers = [...new Map([...own, ...led].map((one) => [one.Id, one])).values()]
    .map(foundServer(landscape.survey));
  return { stack, from, landscape, members, services, servers };
}

async function projectsWithDatabase(landscape: Landscape): Promise<ReadonlySet<string>> {
  const { survey } = landscape;
  const servers = await landscape.serversAmong(
    await survey.details(survey.members.map(({ id }) => id)),
  );
  const ids = new Set(servers.map(({ Id }) => Id));
  return new Set(survey.members.filter(({ id }) => ids.has(id)).map(({ project }) => project));
}

const foundServer = (survey: Survey) => (container: ContainerDetail): FoundServer => {
  const member = survey.members.find(({ id }) => id === container.Id);
  return {
    container,
    service: member?.service ?? container.Name.slice(1),
    project: member?.project,
  };
};
