import type { ContainerDetail } from "../docker/shapes.ts";
import type { Endpoint } from "./url.ts";

/** A port of a container that an address leads to, and the way in words. */
export interface Lead {
  readonly container: ContainerDetail;
  readonly port: number;
  readonly how: string;
  /** Set where it is dialled on loopback, in a network namespace that is shared. */
  readonly viaLoopback?: true;
}

/** Why an address leads to no container. */
export type DeadEnd =
  /** `localhost`, and nothing in the app's own network namespace is a database. */
  | "loopback"
  /** The name belongs to a container that shares no network with the app. */
  | "other-network"
  /** No container has this name or address. */
  | "unknown-host";

/** Where a search for names takes place. */
export interface Surroundings {
  readonly containers: readonly ContainerDetail[];
  /** Addresses of the engine's machine, as far as they are known. */
  readonly hostAddresses: ReadonlySet<string>;
}

const HOST_NAMES = new Set([
  "host.docker.internal",
  "gateway.docker.internal",
  "docker.for.mac.localhost",
  "docker.for.mac.host.internal",
  "docker.for.win.localhost",
  "host.containers.internal",
  "host-gateway",
]);

/** Follows a host and a port from inside one container, as the engine's DNS and networks would. */
export function follow(
  { host, port }: Endpoint,
  from: ContainerDetail,
  around: Surroundings,
): readonly Lead[] | DeadEnd {
  const name = extraHost(host, from) ?? linked(host, from) ?? host.toLowerCase();
  if (isLoopback(name)) return inNamespace(namespaceOf(from, around), port, from, around);
  const named = around.containers.filter((one) => sharedName(one, from, name, around));
  const leads = named.map((container) => ({ container, port, how: `the name "${host}"` }));
  if (leads.length > 0) return preferOwnProject(leads, from);
  if (isHostOf(name, from, around)) return throughHost(name, host, port, around);
  return around.containers.some((one) => isCalled(one, name)) ? "other-network" : "unknown-host";
}

function extraHost(host: string, { HostConfig }: ContainerDetail): string | undefined {
  for (const line of HostConfig.ExtraHosts) {
    const at = line.search(/[:=]/);
    if (line.slice(0, at).toLowerCase() === host.toLowerCase()) {
      return line.slice(at + 1).replace(/^\[|\]$/g, "");
    }
  }
  return undefined;
}

/** `links:` of Compose: a name for another container that only this one knows. */
function linked(host: string, { HostConfig, NetworkSettings }: ContainerDetail) {
  const links = [
    ...HostConfig.Links,
    ...Object.values(NetworkSettings.Networks).flatMap((network) => network.Links),
  ];
  for (const link of links) {
    const [container = "", alias = ""] = link.split(":");
    if (alias.split("/").pop() === host) return container.replace(/^\//, "").toLowerCase();
  }
  return undefined;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "0.0.0.0" || /^127\./.test(host);
}

/** The container whose network this one uses, or `host`. */
export function namespaceOf(
  container: ContainerDetail,
  around: Surroundings,
  depth = 0,
): string {
  const mode = container.HostConfig.NetworkMode;
  if (mode === "host") return "host";
  const id = /^container:(.+)$/.exec(mode)?.[1];
  if (id === undefined || depth > 5) return container.Id;
  const owner = around.containers.find(({ Id, Name }) => Id.startsWith(id) || Name === `/${id}`);
  return owner ? namespaceOf(owner, around, depth + 1) : id;
}

function inNamespace(
  namespace: string,
  port: number,
  from: ContainerDetail,
  around: Surroundings,
): readonly Lead[] | DeadEnd {
  const how = namespace === "host"
    ? "localhost, on the host's own network"
    : "localhost, in a network that both share";
  const leads = around.containers
    .filter((one) => one.Id !== from.Id && namespaceOf(one, around) === namespace)
    .map((container): Lead =>
      namespace === "host" ? { container, port, how } : { container, port, how, viaLoopback: true }
    );
  if (namespace === "host") leads.push(...published("127.0.0.1", "localhost", port, around));
  return leads.length > 0 ? leads : "loopback";
}

/** Whether `one` answers to the name or the address on a network that both are on. */
function sharedName(
  one: ContainerDetail,
  from: ContainerDetail,
  name: string,
  around: Surroundings,
): boolean {
  if (one.Id === from.Id) return false;
  const networks = networksOf(from, around);
  return Object.entries(networksOf(one, around)).some(([network, endpoint]) => {
    if (!(network in networks)) return false;
    if ([endpoint.IPAddress, endpoint.GlobalIPv6Address].includes(name)) return true;
    // The default bridge has no names, only addresses.
    return network !== "bridge" &&
      [...endpoint.Aliases.map((alias) => alias.toLowerCase()), ...ownNames(one)]
        .some((known) => known === name || `${known}.${network.toLowerCase()}` === name);
  });
}

type Networks = ContainerDetail["NetworkSettings"]["Networks"];

/** A container in another's namespace has that one's networks. */
function networksOf(container: ContainerDetail, around: Surroundings): Networks {
  const owner = namespaceOf(container, around);
  const of = owner === container.Id
    ? container
    : around.containers.find(({ Id }) => Id === owner) ?? container;
  return of.NetworkSettings.Networks;
}

function ownNames({ Id, Name, Config }: ContainerDetail): string[] {
  return [Name.slice(1), Id, Id.slice(0, 12), Config.Hostname].map((name) => name.toLowerCase());
}

function isCalled(container: ContainerDetail, name: string): boolean {
  const endpoints = Object.values(container.NetworkSettings.Networks);
  return ownNames(container).includes(name) ||
    endpoints.some(({ Aliases, IPAddress }) => Aliases.includes(name) || IPAddress === name);
}

/** Two stacks on one network may both have a `db`; Compose's own comes first. */
function preferOwnProject(leads: readonly Lead[], from: ContainerDetail): readonly Lead[] {
  const project = (one: ContainerDetail) => one.Config.Labels["com.docker.compose.project"];
  const own = leads.filter(({ container }) => project(container) === project(from));
  return own.length > 0 ? own : leads;
}

/** Whether a name means the machine that the engine runs on. */
function isHostOf(name: string, from: ContainerDetail, around: Surroundings): boolean {
  const gateways = Object.values(networksOf(from, around)).map(({ Gateway }) => Gateway);
  return HOST_NAMES.has(name) || gateways.includes(name) || around.hostAddresses.has(name) ||
    publications(around).some(({ ip }) => ip === name);
}

/** A port of the host: one that a container publishes, or opens on the host's own network. */
function throughHost(
  name: string,
  host: string,
  port: number,
  around: Surroundings,
): readonly Lead[] | DeadEnd {
  const onHost = around.containers.filter((one) => namespaceOf(one, around) === "host")
    .map((container) => ({ container, port, how: `"${host}", the host itself` }));
  const leads = [...published(name, host, port, around), ...onHost];
  return leads.length > 0 ? leads : "unknown-host";
}

function published(name: string, host: string, port: number, around: Surroundings): Lead[] {
  const literal = /^[\d.]+$|:/.test(name);
  return publications(around)
    .filter((one) => one.port === port)
    .filter(({ ip }) => !literal || ["", "0.0.0.0", "::", name].includes(ip))
    .map(({ container, inside }) => ({
      container,
      port: inside,
      how: `the published port ${port} of "${host}"`,
    }));
}

/** What every container publishes; of one that does not run, what it will. */
function publications({ containers }: Surroundings) {
  return containers.flatMap((container) => {
    const bound = { ...container.HostConfig.PortBindings, ...container.NetworkSettings.Ports };
    const found = Object.entries(bound).flatMap(([inside, places]) =>
      (places ?? []).map(({ HostIp, HostPort }) => ({
        container,
        ip: HostIp,
        port: Number(HostPort),
        inside: Number.parseInt(inside),
      }))
    );
    // Both families of one port are one publication, save for their address.
    return found.filter(({ ip }, at) =>
      ip !== "::" || !found.some((other, index) => index !== at && other.ip === "0.0.0.0")
    );
  });
}
