import type { ContainerDetail } from "../docker/shapes.ts";
import type { Landscape } from "./landscape.ts";
import { type DeadEnd, follow, type Lead, type Surroundings } from "./leads.ts";
import { upstreamOf } from "./poolers.ts";
import type { Endpoint } from "./url.ts";
import type { Address } from "./variables.ts";

/** How one address of an app leads to a PostgreSQL server, or why it does not. */
export interface Route {
  readonly address: Address;
  readonly server: ContainerDetail | undefined;
  /** What the database is called on the server, likeliest first; none where nothing says so. */
  readonly databases: readonly string[];
  /** The pooler in between. */
  readonly pooler: ContainerDetail | undefined;
  /** The way in words, without secrets. */
  readonly how: string;
  /** Set where it is dialled on loopback, in a network namespace that is shared. */
  readonly viaLoopback?: true;
  readonly problem: RouteProblem | undefined;
}

/** Why an address does not lead to a server. */
export type RouteProblem =
  | DeadEnd
  /** The container is a server, but listens on another port. */
  | "wrong-port"
  /** The container is neither a server nor a pooler. */
  | "not-a-database"
  /** A socket's folder that no server's container shares. */
  | "no-shared-socket"
  /** No host is stated, and there are several servers or none. */
  | "unstated-host";

type Found = Pick<Route, "server" | "pooler" | "how" | "viaLoopback" | "problem"> & {
  readonly databases?: readonly string[];
};

const POOLERS_IN_A_ROW = 3;

/** Follows an app's address to the server, through poolers, first in its stack, then everywhere. */
export async function traceRoute(
  address: Address,
  from: ContainerDetail,
  stack: readonly string[],
  landscape: Landscape,
): Promise<Route> {
  const near = await landscape.surroundings(stack);
  let found = await search(address, from, near, landscape);
  if (!found.server && address.where.kind === "tcp") {
    const everywhere = await landscape.surroundings(landscape.survey.ids);
    found = await search(address, from, everywhere, landscape);
  }
  const own = [address.verbatimDatabase, address.database, address.user];
  const named = address.database === undefined ? own.slice(2) : own.slice(0, 2);
  const databases = found.databases ?? named;
  return {
    ...found,
    address,
    databases: [...new Set(databases.filter((name) => name !== undefined))],
  };
}

async function search(
  address: Address,
  from: ContainerDetail,
  around: Surroundings,
  landscape: Landscape,
): Promise<Found> {
  const { where } = address;
  if (where.kind === "unstated") return await onlyServer(around, landscape);
  if (where.kind === "socket") return await throughSocket(where.folder, from, around, landscape);
  let first: Found | undefined;
  for (const endpoint of where.endpoints) {
    const found = await dial(endpoint, address.database, from, around, landscape);
    if (found.server) return found;
    first ??= found;
  }
  return first ?? dead("unknown-host", "it names no host");
}

/** Many apps have the host in their code and take only name, user and password from outside. */
async function onlyServer(around: Surroundings, landscape: Landscape): Promise<Found> {
  const servers = await landscape.serversAmong(around.containers);
  const [only] = servers;
  if (!only || servers.length > 1) return dead("unstated-host", "it states no host");
  const how = "it states no host, and the stack has one server";
  return { server: only, pooler: undefined, how, problem: undefined };
}

async function throughSocket(
  folder: string | undefined,
  from: ContainerDetail,
  around: Surroundings,
  landscape: Landscape,
): Promise<Found> {
  const path = folder ?? "/var/run/postgresql";
  const mount = from.Mounts.find(({ Destination }) =>
    path === Destination || path.startsWith(`${Destination}/`) ||
    path.replace(/^\/var\/run\//, "/run/") === Destination.replace(/^\/var\/run\//, "/run/")
  );
  const servers = await landscape.serversAmong(around.containers);
  const server = mount &&
    servers.find((one) => one.Mounts.some(({ Source }) => Source === mount.Source));
  if (!server) return dead("no-shared-socket", `no server shares the socket's folder ${path}`);
  return { server, pooler: undefined, how: `the socket in ${path}`, problem: undefined };
}

async function dial(
  endpoint: Endpoint,
  database: string | undefined,
  from: ContainerDetail,
  around: Surroundings,
  landscape: Landscape,
  depth = 0,
): Promise<Found> {
  const leads = follow(endpoint, from, around);
  if (typeof leads === "string") return dead(leads, DEAD_ENDS[leads](endpoint));
  let dud: Found | undefined;
  for (const lead of leads) {
    const found = await arrive(lead, around, landscape) ??
      await passPooler(lead, database, around, landscape, depth);
    if (found?.server) return found;
    dud ??= found;
  }
  const name = leads[0]?.container.Name.slice(1);
  return dud ?? dead("not-a-database", `${leads[0]?.how} leads to ${name}, which is no database`);
}

const DEAD_ENDS: Record<DeadEnd, (endpoint: Endpoint) => string> = {
  "loopback": ({ host }) => `"${host}" is the app's own container, where no database is`,
  "other-network": ({ host }) => `"${host}" shares no network with the app`,
  "unknown-host": ({ host, port }) => `no container answers at ${host}:${port}`,
};

function dead(problem: RouteProblem, how: string): Found {
  return { server: undefined, pooler: undefined, how, problem };
}

async function arrive(
  { container, port, how, viaLoopback }: Lead,
  around: Surroundings,
  landscape: Landscape,
): Promise<Found | undefined> {
  const servers = await landscape.serversIn(container, around);
  if (servers.length === 0) return undefined;
  for (const server of servers) {
    if ((await landscape.listening(server)).port === port) {
      const loopback = viaLoopback ? { viaLoopback } : {};
      return { server, pooler: undefined, how, ...loopback, problem: undefined };
    }
  }
  const { port: right } = await landscape.listening(servers[0]!);
  const name = servers[0]!.Name.slice(1);
  return dead("wrong-port", `${how} leads to ${name}, which listens on ${right}, not on ${port}`);
}

async function passPooler(
  { container, how }: Lead,
  database: string | undefined,
  around: Surroundings,
  landscape: Landscape,
  depth: number,
): Promise<Found | undefined> {
  if (!landscape.isPooler(container) || depth >= POOLERS_IN_A_ROW) return undefined;
  const name = container.Name.slice(1);
  const upstream = upstreamOf(await landscape.upstreams(container), database);
  if (!upstream) return dead("unknown-host", `${how} leads to the pooler ${name}, and not on`);
  const to = upstream.database ?? database;
  const found = await dial(upstream.endpoint, to, container, around, landscape, depth + 1);
  return {
    ...found,
    pooler: container,
    how: `${how} leads to the pooler ${name}; there ${found.how}`,
    ...(upstream.database === undefined ? {} : { databases: [upstream.database] }),
  };
}
