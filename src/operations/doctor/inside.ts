import { OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import type { Engine } from "../../docker/engine.ts";
import { runCommand } from "../../docker/run.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { Check } from "../../reports/doctor.ts";
import { canRun } from "../../targets/environment.ts";
import type { Route } from "../../targets/routes.ts";
import type { Service } from "../../targets/services.ts";
import { notChecked, trouble } from "./checks.ts";

// What only a process inside a service's container can tell.

const RESOLVER_MS = 15_000;

/** The exit code of a command that cannot be run, as shells and the engine have it; 127 is missing. */
const CANNOT_RUN = 126;

/**
 * The address that a service's own resolver has for a name; undefined where it has none. Throws where
 * it could not be asked.
 */
export async function resolveInside(
  engine: Engine,
  { container }: Service,
  host: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A bare address resolves to itself, whoever has it.
  if (!canRun(container) || /^[\d.]+$|:|^-/.test(host)) return undefined;
  const spec = { cmd: ["getent", "hosts", host] };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(RESOLVER_MS)]);
  const asked = runCommand({ engine, id: container.Id }, spec, limited);
  const { code, stdout } = await asked.catch((error) => {
    throw signal.aborted || !limited.aborted ? error : unasked(host, "it did not answer");
  });
  if (code >= CANNOT_RUN) throw unasked(host, "getent cannot be run in it");
  return code === 0 ? stdout.trim().split(/\s+/)[0] : undefined;
}

function unasked(host: string, why: string): OakumError {
  const text = `nobody knows where "${host}" leads in the container: ${why}.`;
  return new OakumError("resolver-unasked", "failed", text);
}

const PROBE = `folder=\${1%/*}
[ -x "$folder" ] || { echo folder; exit; }
[ -S "$1" ] || { echo missing; exit; }
[ -r "$1" ] && [ -w "$1" ] || echo socket`;

const FINDINGS = ["folder", "missing", "socket"];

/** Whether the main process of a service may use the socket that it is told to use. */
export async function checkSocket(
  engine: Engine,
  { name, container, look }: Service,
  { address, server }: Route,
  signal: AbortSignal,
): Promise<Check[]> {
  const { where } = address;
  if (where.kind !== "socket" || !server || !canRun(container)) return [];
  const path = `${where.folder ?? "/var/run/postgresql"}/.s.PGSQL.${where.port}`;
  const user = look.user ?? "";
  const { code, stdout } = await runCommand({ engine, id: container.Id }, {
    cmd: ["sh", "-c", PROBE, "oakum", path],
    ...(user === "" ? {} : { user }),
  }, signal);
  const found = stdout.trim();
  if (code === 0 && found === "") return [];
  const db = server.Name.slice(1);
  const place = `${address.from} of ${name}`;
  // Where there is no shell, the engine says so on the command's own output.
  if (code !== 0 || !FINDINGS.includes(found)) {
    const text = `${place}: no shell in ${name} could say whether it may use ${path}.`;
    return [notChecked("socket", text)];
  }
  if (found === "missing") {
    return [trouble(
      "socket-missing",
      `${place}: there is no socket ${path}.`,
      `See where ${db} has it: oakum psql -c 'show unix_socket_directories' -c 'show port'`,
    )];
  }
  const folder = path.replace(/\/[^/]*$/, "");
  const what = found === "folder" ? folder : path;
  const mend = found === "folder"
    ? `docker exec -u root ${db} chmod a+rx ` +
      shellWord(sameMount(folder, container, server))
    : `Set unix_socket_permissions to 0777 in ${db} and restart it, or run ${name} as its group.`;
  const who = user === "" ? "its user" : `user ${user}`;
  return [trouble("socket-permissions", `${place}: ${who} may not use ${what}.`, mend)];
}

/** What a folder of one container is called in another one that mounts it too. */
function sameMount(folder: string, of: ContainerDetail, other: ContainerDetail): string {
  const within = ({ Destination }: { Destination: string }) =>
    folder === Destination || folder.startsWith(`${Destination}/`);
  const mount = of.Mounts.find(within);
  const there = other.Mounts.find(({ Source }) => Source === mount?.Source);
  return mount && there ? there.Destination + folder.slice(mount.Destination.length) : folder;
}
