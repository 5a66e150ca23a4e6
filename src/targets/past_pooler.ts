import type { ContainerDetail } from "../docker/shapes.ts";
import type { Landscape } from "./landscape.ts";
import { follow, type Surroundings } from "./leads.ts";
import { redirected } from "./redirect.ts";
import type { Service } from "./services.ts";
import type { PastPooler } from "./target.ts";
import type { Endpoint } from "./url.ts";

/** How an app is led past the pooler that its address leads through; undefined without one. */
export async function pastPooler(
  service: Service,
  server: ContainerDetail,
  landscape: Landscape,
): Promise<PastPooler | undefined> {
  const through = service.routes.filter((route) =>
    route.server?.Id === server.Id && route.pooler !== undefined
  );
  const pooler = through[0]?.pooler;
  if (!pooler) return undefined;
  const around = await landscape.surroundings(landscape.survey.ids);
  const endpoint = await dialable(server, service.container, around, landscape);
  const changes = through.map(({ address, databases }) => {
    const renamed = databases.includes(address.database ?? "") ? undefined : databases[0];
    return endpoint &&
      redirected(address, service.look.variables, { ...endpoint, database: renamed });
  });
  const known = changes.every((change) => change !== undefined);
  return {
    pooler: pooler.Name.slice(1),
    endpoint,
    environment: known ? Object.assign({}, ...changes) : undefined,
  };
}

/** A name by which one container can dial a server and nothing else. */
async function dialable(
  server: ContainerDetail,
  from: ContainerDetail,
  around: Surroundings,
  landscape: Landscape,
): Promise<Endpoint | undefined> {
  const { port } = await landscape.listening(server);
  for (const host of namesOf(server)) {
    const leads = follow({ host, port }, from, around);
    if (typeof leads === "string" || leads.length !== 1) continue;
    const there = await landscape.serversIn(leads[0]!.container, around);
    if (there.some(({ Id }) => Id === server.Id)) return { host, port: leads[0]!.port };
  }
  return undefined;
}

function namesOf({ Name, Config, NetworkSettings }: ContainerDetail): string[] {
  const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  const service = Config.Labels["com.docker.compose.service"];
  return [service ?? "", Name.slice(1), ...addresses, "localhost"].filter((name) => name !== "");
}
