import { posix } from "node:path";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { words } from "./command_line.ts";
import { variablesOf } from "./environment.ts";
import { readText } from "./files.ts";
import { DEFAULT_PORT } from "./url.ts";

/** How a server is reached from inside its container. */
export interface Listening {
  readonly port: number;
  /** The folder of its socket, where it does not listen on 127.0.0.1. */
  readonly socketFolder: string | undefined;
  /** The folder of the socket that it has beside that. */
  readonly alsoSocket?: string | undefined;
  /** Where port and folder were read. */
  readonly from: string;
}

const SOCKET_FOLDER = "/var/run/postgresql";
const DATA_FOLDERS = [
  "/var/lib/postgresql/data",
  "/var/lib/postgresql/data/pgdata",
  "/bitnami/postgresql/data",
  "/home/postgres/pgdata/data",
] as const;

/**
 * Finds out how a server listens: from the file that a running one keeps beside its data, else from
 * its command and environment, else PostgreSQL's own defaults.
 */
export async function listeningOf(engine: Engine, server: ContainerDetail): Promise<Listening> {
  const declared = declaredListening(server);
  if (!server.State.Running) return declared;
  for (const folder of dataFolders(server)) {
    const text = await readText(engine, server.Id, `${folder}/postmaster.pid`);
    const found = text === undefined ? undefined : parsePostmaster(text);
    if (found) return { ...found, from: `${folder}/postmaster.pid` };
  }
  return declared;
}

function dataFolders(server: ContainerDetail): string[] {
  const variables = variablesOf(server.Config.Env);
  const said = options(server);
  const named = [said.get("D"), said.get("data_directory"), variables.PGDATA];
  const folders = [...named, ...DATA_FOLDERS].filter((path) => path?.startsWith("/"));
  return [...new Set(folders as string[])].map((path) => posix.normalize(path));
}

/** `postmaster.pid`: pid, data folder, start, port, socket folder, first address listened on. */
export function parsePostmaster(text: string): Omit<Listening, "from"> | undefined {
  const [pid, , , port, folder, address] = text.split("\n").map((line) => line.trim());
  const number = Number(port);
  if (!/^-?\d+$/.test(pid ?? "") || !Number.isInteger(number) || number < 1) return undefined;
  const loopback = ["*", "0.0.0.0", "localhost", "127.0.0.1"].includes(address ?? "");
  const own = folder || undefined;
  return loopback
    ? { port: number, socketFolder: undefined, alsoSocket: own }
    : { port: number, socketFolder: own, alsoSocket: undefined };
}

/** What command and environment say of how a server listens. */
export function declaredListening(server: ContainerDetail): Listening {
  const said = options(server);
  const variables = variablesOf(server.Config.Env);
  const inCommand = said.get("p") ?? said.get("port");
  const inEnvironment = variables.PGPORT ?? variables.POSTGRESQL_PORT_NUMBER;
  const port = [inCommand, inEnvironment].find((value) => /^\d+$/.test(value ?? ""));
  const addresses = said.get("listen_addresses") ?? said.get("h");
  const folder = (said.get("unix_socket_directories") ?? said.get("k"))?.split(",")[0]?.trim();
  const socket = folder || SOCKET_FOLDER;
  return {
    port: Number(port ?? DEFAULT_PORT),
    socketFolder: addresses === "" ? socket : undefined,
    alsoSocket: addresses === "" ? undefined : socket,
    from: port === undefined
      ? "PostgreSQL's default"
      : port === inCommand
      ? "its command"
      : "its environment",
  };
}

/** `-p 5433`, `-p5433`, `--port=5433` and `-c port=5433` of a server's command, by name. */
function options({ Config }: ContainerDetail): Map<string, string> {
  const argv = Config.Cmd.length === 1 || Config.Cmd[0] === "-c"
    ? words(Config.Cmd)
    : [...Config.Entrypoint, ...Config.Cmd];
  const found = new Map<string, string>();
  for (const [at, argument] of argv.entries()) {
    const long = /^--([\w-]+)=(.*)$/s.exec(argument);
    if (long) found.set(long[1]!.replaceAll("-", "_"), unquoted(long[2]!));
    const short = /^-([phkDc])(.*)$/s.exec(argument);
    if (!short) continue;
    const value = short[2] || argv[at + 1] || "";
    if (short[1] !== "c") found.set(short[1]!, unquoted(value));
    const setting = /^([\w.-]+)=(.*)$/s.exec(value);
    if (short[1] === "c" && setting) {
      found.set(setting[1]!.replaceAll("-", "_").toLowerCase(), unquoted(setting[2]!));
    }
  }
  return found;
}

/** As a shell leaves it; a list of commands carries quotes where people copied them. */
function unquoted(value: string): string {
  return value.trim().replace(/^(['"])(.*)\1$/s, "$2");
}
