import { OakumError } from "../core/errors.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { Sidecar } from "../docker/sidecar.ts";
import type { ServerAccess } from "./access.ts";
import type { Route } from "./connection.ts";
import { findMeans } from "./relay.ts";

/**
 * Finds the way to a server. It leads through the sidecar, but for a server that listens on nothing
 * but a socket in a folder of its own container: there single processes that never fork have to do.
 */
export async function findRoute(
  sidecar: Sidecar,
  server: ServerAccess,
  signal?: AbortSignal,
): Promise<Route> {
  const { socketFolder, port } = server;
  const target = socketFolder === undefined
    ? { port }
    : { socket: `${socketFolder}/.s.PGSQL.${port}` };
  const host = "port" in target ? sidecar : await socketHost(sidecar, server, target.socket);
  // The sidecar is of the same image, so what it has the database's container has as well.
  return { host, server, ...await findMeans(sidecar, target, signal) };
}

/** As the socket's owner: peer authentication and a folder's rights know that one if anyone. */
async function socketHost(
  sidecar: Sidecar,
  server: ServerAccess,
  socket: string,
): Promise<CommandHost> {
  const { engine } = sidecar;
  const id = sidecar.sharesSocket ? sidecar.id : server.container.Id;
  const cmd = ["stat", "-c", "%u:%g", socket];
  const { code, stdout, stderr } = await runCommand({ engine, id }, { cmd });
  if (code === 0) return { engine, id, user: stdout.trim() };
  throw new OakumError(
    "no-socket",
    "refused",
    `The server's socket is not there: ${stderr.trim() || socket}`,
    { hint: "Is the server up, and unix_socket_directories right? Look: oakum doctor" },
  );
}
