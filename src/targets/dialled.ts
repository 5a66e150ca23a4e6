import type { ContainerDetail } from "../docker/shapes.ts";
import type { AppTarget, DatabaseTarget } from "./target.ts";

/** How an app dials its database: what a copy must answer to, so that the app finds nothing else. */
export interface Dialled {
  readonly port: number;
  /** Names that the app may know the server, or its pooler, by. */
  readonly hosts: readonly string[];
  /** The folder of the socket, where it uses one. */
  readonly socketFolder: string | undefined;
}

const SOCKET_FOLDER = "/var/run/postgresql";
/** What may stand in a hosts file; an address needs no name. */
const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/** How an app dials its database, as its route says; without one, as any app would. */
export function dialled(
  { server }: DatabaseTarget,
  app: Pick<AppTarget, "route"> | undefined,
): Dialled {
  const where = app?.route?.address.where;
  const endpoints = where?.kind === "tcp" ? where.endpoints : [];
  const names = [
    ...endpoints.map(({ host }) => host),
    ...hostNames(server.container),
    ...app?.route?.pooler ? hostNames(app.route.pooler) : [],
  ].filter((name) => NAME.test(name) && name !== "localhost");
  const port = endpoints[0]?.port ?? (where && where.kind !== "tcp" ? where.port : undefined);
  const socket = where?.kind === "socket" || where?.kind === "unstated";
  const folder = where?.kind === "socket" ? where.folder : undefined;
  return {
    port: port ?? server.port,
    hosts: [...new Set(names)],
    socketFolder: socket ? folder ?? SOCKET_FOLDER : undefined,
  };
}

/** Every name that Docker lets others know a container by. */
export function hostNames({ Name, Config, NetworkSettings }: ContainerDetail): string[] {
  const service = Config.Labels["com.docker.compose.service"];
  const aliases = Object.values(NetworkSettings.Networks).flatMap(({ Aliases }) => Aliases);
  const names = [Name.slice(1), Config.Hostname, ...service ? [service] : [], ...aliases];
  return [...new Set(names)].filter((name) => NAME.test(name));
}
