import { sourceText } from "../config/source.ts";
import { OakumError } from "../core/errors.ts";
import { nearest } from "../core/similar.ts";
import { labelledRole } from "./recognise.ts";
import type { FoundServer, Scene, Wish } from "./scene.ts";
import { alembicOf, leadingRoutes, type Service } from "./services.ts";

/** A server and why it was taken. */
export interface ChosenServer {
  readonly server: FoundServer;
  readonly from: string;
}

/** Chooses the server: by name, by label, by where apps lead, else the only one. */
export function chooseServer(scene: Scene, { settings }: Wish): ChosenServer {
  const { service } = settings.database;
  if (service.value !== undefined) {
    return byName(scene, service.value, sourceText(service.source));
  }
  const app = settings.app.service.value;
  const named = app === undefined ? [] : scene.services.filter(({ name }) => name === app);
  return byRoute(scene, named) ?? byLabel(scene) ??
    byRoute(scene, scene.services.filter(isApp)) ?? theOnly(scene);
}

/** Whether a service is one that oakum could migrate with. */
export function isApp(service: Service): boolean {
  return service.labelledApp || alembicOf(service) !== undefined;
}

function byName(scene: Scene, wanted: string, from: string): ChosenServer {
  const inStack = scene.servers.filter(({ project }) => project === scene.stack.project);
  const known = [...inStack, ...scene.servers.filter((server) => !inStack.includes(server))];
  const server = known.find(({ service }) => service === wanted) ??
    known.find(({ container }) => container.Name === `/${wanted}`);
  if (server) return { server, from };
  const exists = scene.members.some(({ service }) => service === wanted);
  const meant = nearest(wanted, known.map(({ service }) => service));
  throw new OakumError(
    "no-such-database-service",
    "notFound",
    exists
      ? `The service "${wanted}" (${from}) of ${scene.stack.project} is no PostgreSQL server.`
      : `The stack ${scene.stack.project} has no service "${wanted}" (${from}).`,
    { hint: candidatesHint(known, meant), data: { candidates: candidates(known) } },
  );
}

function byLabel(scene: Scene): ChosenServer | undefined {
  const labelled = scene.servers.filter(({ container }) => labelledRole(container) === "database");
  const [only] = labelled;
  if (!only) return undefined;
  if (labelled.length > 1) throw ambiguous(scene, labelled, "are labelled oakum.role=database");
  return { server: only, from: `label oakum.role of ${only.container.Name.slice(1)}` };
}

function byRoute(scene: Scene, services: readonly Service[]): ChosenServer | undefined {
  const led = services.flatMap((service) =>
    leadingRoutes(service.routes).map((route) => ({ service, route }))
  );
  const ids = new Set(led.map(({ route }) => route.server!.Id));
  const servers = scene.servers.filter(({ container }) => ids.has(container.Id));
  const [only] = servers;
  if (!only) return undefined;
  if (servers.length > 1) throw ambiguous(scene, servers, "are used by apps that have Alembic");
  const { service, route } = led[0]!;
  return { server: only, from: `${route.address.from} of ${service.name}: ${route.how}` };
}

function theOnly(scene: Scene): ChosenServer {
  const { servers } = scene;
  const [only] = servers;
  if (only && servers.length === 1) return { server: only, from: "the stack's only server" };
  if (only) throw ambiguous(scene, servers, "are there");
  const { project } = scene.stack;
  const services = [...new Set(scene.members.map(({ service }) => service))];
  throw new OakumError(
    "no-database-server",
    "notFound",
    `The stack ${project} has no PostgreSQL server among its services: ${services.join(", ")}.`,
    {
      hint: "If one of them is the server, give it the label oakum.role=database in the compose " +
        "file and start it anew. If the database is in another stack: --project NAME",
      data: { project, services },
    },
  );
}

function ambiguous(scene: Scene, servers: readonly FoundServer[], why: string): OakumError {
  return new OakumError(
    "database-ambiguous",
    "notFound",
    `${servers.length} PostgreSQL servers of the stack ${scene.stack.project} ${why}: ` +
      `${servers.map(({ service }) => service).join(", ")}.`,
    { hint: candidatesHint(servers), data: { candidates: candidates(servers) } },
  );
}

function candidatesHint(servers: readonly FoundServer[], meant?: string): string {
  const first = meant ?? servers[0]?.service;
  if (first === undefined) return "Mark its container with the label oakum.role=database.";
  const names = servers.map(({ service }) => service).join(", ");
  return `Name one of ${names}: --database ${first}`;
}

function candidates(servers: readonly FoundServer[]) {
  return servers.map(({ service, project, container }) => ({
    service,
    project: project ?? null,
    container: container.Name.slice(1),
    state: container.State.Status,
  }));
}
