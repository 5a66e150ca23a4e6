import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { whyNot } from "./choose_app.ts";
import type { Scene } from "./scene.ts";
import { leadingRoutes, type Service } from "./services.ts";
import { type MigratingStart, migratingStart } from "./starts.ts";
import type { NewerImage, Stack } from "./target.ts";
import type { Survey } from "./survey.ts";

/** A stack as `status` and `doctor` show it; nothing in it is a secret. */
export interface StackView {
  readonly stack: Stack;
  /** Why this stack. */
  readonly from: string;
  readonly servers: readonly ServerView[];
  readonly services: readonly ServiceView[];
}

/** A PostgreSQL server of the stack, or one in another project that an app leads to. */
export interface ServerView {
  readonly service: string;
  readonly project: string | undefined;
  readonly container: string;
  readonly image: string;
  /** `running`, `running (unhealthy)`, `exited`, `restarting` … */
  readonly state: string;
}

/** A service that is no server and no pooler. */
export interface ServiceView {
  readonly service: string;
  readonly containers: readonly { readonly name: string; readonly state: string }[];
  /** Its migration tool and where that was seen. */
  readonly tool: { readonly name: string; readonly path: string } | undefined;
  /** Each address it has: the variable, where it leads, and what is wrong with it. */
  readonly addresses: readonly AddressView[];
  /** Why it cannot be the app, though it migrates. */
  readonly whyNotApp: string | undefined;
  readonly migratesAtStart: MigratingStart | undefined;
  readonly newerImage: NewerImage | undefined;
}

/** One address of a service, without its password. */
export interface AddressView {
  readonly from: string;
  readonly how: string;
  /** The server's container and the database, where it leads to one. */
  readonly leadsTo: string | undefined;
  readonly pooler: string | undefined;
  readonly problem: string | undefined;
}

/** Describes all that was found. */
export async function viewOf(scene: Scene): Promise<StackView> {
  const { stack, from, servers, services, landscape } = scene;
  return {
    stack,
    from,
    servers: servers.map(({ container, service, project }) => ({
      service,
      project,
      container: container.Name.slice(1),
      image: container.Config.Image,
      state: stateOf(container),
    })),
    services: await Promise.all(
      services.map((service) => serviceView(service, landscape.engine, landscape.survey)),
    ),
  };
}

async function serviceView(
  service: Service,
  engine: Engine,
  survey: Survey,
): Promise<ServiceView> {
  const { name, members, sightings, routes, container } = service;
  const [tool] = sightings;
  return {
    service: name,
    containers: members.map((member) => ({ name: member.name, state: member.state })),
    tool: tool && { name: tool.tool, path: tool.path },
    addresses: routes.map(({ address, how, server, databases, pooler, problem }) => ({
      from: address.from,
      how,
      leadsTo: server && [server.Name.slice(1), ...databases.slice(0, 1)].join("/"),
      pooler: pooler?.Name.slice(1),
      problem,
    })),
    whyNotApp: leadingRoutes(routes).length > 0 && tool?.tool === "alembic"
      ? undefined
      : whyNot(service),
    migratesAtStart: await migratingStart(engine, container),
    newerImage: await newerImage(container, survey),
  };
}

/** `running`, `exited`, `running (unhealthy)` … */
export function stateOf({ State }: ContainerDetail): string {
  const health = State.Health?.Status;
  return State.Running && health && health !== "none"
    ? `${State.Status} (${health})`
    : State.Status;
}

/** The image that a container's tag names by now, where that is another one. */
export async function newerImage(
  { Config, Image }: ContainerDetail,
  survey: Survey,
): Promise<NewerImage | undefined> {
  const tag = Config.Image;
  // Started by id, or by digest: nothing to move on.
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(tag) || tag.includes("@sha256:")) return undefined;
  const image = await survey.image(tag);
  if (!image || image.Id === Image) return undefined;
  return { tag, id: image.Id, created: image.Created };
}
