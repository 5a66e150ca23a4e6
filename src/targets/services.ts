import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { canRun, type Look, lookAtConfig, type LookHint, lookInto } from "./environment.ts";
import { iniAddresses } from "./ini.ts";
import type { Landscape } from "./landscape.ts";
import { labelledRole } from "./recognise.ts";
import { type Route, traceRoute } from "./routes.ts";
import { scriptAddresses } from "./scripts.ts";
import { secretsResolved } from "./secrets.ts";
import type { Sighting } from "./sightings.ts";
import { sightedInArchive } from "./stopped.ts";
import type { Member } from "./survey.ts";
import { type Address, addressesIn, RANK } from "./variables.ts";

/** A service of a stack that is no server and no pooler, as its best container shows it. */
export interface Service {
  readonly name: string;
  /** Its containers; the one that was looked into comes first. */
  readonly members: readonly Member[];
  readonly container: ContainerDetail;
  readonly running: boolean;
  /** `app` by label. */
  readonly labelledApp: boolean;
  readonly look: Look;
  readonly sightings: readonly Sighting[];
  /** How its addresses lead to servers, likeliest first. */
  readonly routes: readonly Route[];
}

/** What looking into services takes. */
export interface ServiceSearch {
  readonly landscape: Landscape;
  /** The containers of the stack, by id. */
  readonly stack: readonly string[];
  readonly hint: LookHint;
  readonly signal: AbortSignal;
}

/** Looks into each service of a stack, all at once. */
export async function servicesOf(
  members: readonly Member[],
  search: ServiceSearch,
): Promise<Service[]> {
  const { landscape } = search;
  const names = [...new Set(members.map(({ service }) => service))];
  const found = await Promise.all(names.map(async (name) => {
    const own = runningFirst(members.filter(({ service }) => service === name));
    const container = own[0] && await landscape.survey.detail(own[0].id);
    if (!container || await isInfrastructure(container, landscape)) return [];
    return [await service(name, own, container, search)];
  }));
  return found.flat().toSorted(byRunningThenName);
}

/** What runs comes first, then what is first by name. */
export function byRunningThenName(a: Service, b: Service): number {
  if (a.running !== b.running) return a.running ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function runningFirst(members: readonly Member[]): Member[] {
  const rank = ({ state }: Member) => state === "running" ? 0 : 1;
  return members.toSorted((a, b) => rank(a) - rank(b) || a.number - b.number);
}

async function isInfrastructure(container: ContainerDetail, landscape: Landscape) {
  const role = labelledRole(container);
  if (role !== undefined) return role !== "app";
  return landscape.isPooler(container) || await landscape.isServer(container);
}

async function service(
  name: string,
  members: readonly Member[],
  container: ContainerDetail,
  { landscape, hint, signal, stack }: ServiceSearch,
): Promise<Service> {
  const { engine } = landscape;
  const running = container.State.Running;
  const look = running
    ? await lookInto({ engine, id: container.Id }, container, hint, signal)
    : lookAtConfig(container, "the environment of its container, which does not run");
  const sightings = look.sightings ?? await sightedInArchive(engine, container, hint);
  const trace = (addresses: readonly Address[]) =>
    Promise.all(addresses.map((one) => traceRoute(one, container, stack, landscape)));
  const routes = await trace(await statedAddresses(engine, container, look));
  const alembic = sightings.find(({ tool }) => tool === "alembic");
  if (alembic && isUnclear(routes)) {
    const said = canRun(container)
      ? await scriptAddresses(engine, container, look, hint, signal)
      : [];
    const inFile = said.length > 0
      ? []
      : await iniAddresses(engine, container, alembic.path, hint.section);
    routes.unshift(...await trace(said));
    routes.push(...await trace(inFile));
  }
  const labelledApp = labelledRole(container) === "app";
  return { name, members, container, running, labelledApp, look, sightings, routes };
}

/** Addresses in the environment; what comes from a secret's file says so. */
async function statedAddresses(engine: Engine, container: ContainerDetail, look: Look) {
  const resolved = await secretsResolved(engine, container, look.variables);
  return addressesIn(resolved.variables)
    .map((address) => ({ ...address, from: resolved.from(address.from) }));
}

/** The routes to servers that count: those of the likeliest kind of address that leads anywhere. */
export function leadingRoutes(routes: readonly Route[]): Route[] {
  const leading = routes.filter(({ server }) => server !== undefined);
  const best = Math.min(...leading.map(({ address }) => address.rank));
  return leading.filter(({ address }) => address.rank === best);
}

/** Whether the environment states no address, or leads to several databases alike. */
function isUnclear(routes: readonly Route[]): boolean {
  const leading = leadingRoutes(routes);
  const ends = new Set(leading.map(({ server, databases }) => `${server!.Id}/${databases[0]}`));
  // An address that leads nowhere known is an answer as well: what it dials may never answer.
  return ends.size > 1 ||
    ends.size === 0 && !routes.some(({ address }) => address.rank <= RANK.parts);
}

/** The tool that oakum drives, where the service has it. */
export function alembicOf({ sightings }: Service): Sighting | undefined {
  return sightings.find(({ tool }) => tool === "alembic");
}
