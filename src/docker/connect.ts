// The only file that knows dockerode: everything else sees `Engine`.
// @ts-types="@types/dockerode"
import Dockerode from "dockerode";
import { messageOf, OakumError } from "../core/errors.ts";
import { addressText, type DockerAddress } from "./address.ts";

export type { Dockerode };

/** The newest Engine API that oakum was written against. */
const NEWEST_API = "1.47";

/** How long an engine may take for its first word; a firewall that swallows it never answers. */
const FIRST_WORD_MS = 15_000;

/**
 * Connects to an engine and settles on an API version that both sides speak: the older of ours and
 * the server's (`GET /version`, Engine API). Throws an `OakumError` with outcome `docker`.
 */
export async function connect(
  address: DockerAddress,
): Promise<{ docker: Dockerode; apiVersion: string; serverVersion: string }> {
  try {
    const options = { ...connectionOptions(address), connectionTimeout: FIRST_WORD_MS };
    const probe = await new Dockerode(options).version();
    const apiVersion = older(NEWEST_API, probe.ApiVersion);
    const docker = new Dockerode({ ...connectionOptions(address), version: `v${apiVersion}` });
    return { docker, apiVersion, serverVersion: probe.Version };
  } catch (error) {
    throw unreachable(address, error);
  }
}

/** dockerode reads DOCKER_HOST and its like as well; what it found there must not shine through. */
const NOTHING = {
  ...{ host: undefined, port: undefined, socketPath: undefined, protocol: undefined },
  ...{ ca: undefined, cert: undefined, key: undefined, username: undefined },
};

function connectionOptions(address: DockerAddress): Dockerode.DockerOptions {
  return { ...NOTHING, ...ownOptions(address) } as Dockerode.DockerOptions;
}

function ownOptions(address: DockerAddress): Dockerode.DockerOptions {
  if (address.kind === "unix") return { socketPath: address.path };
  const { host, port } = address;
  if (address.kind === "ssh") {
    const agent = Deno.env.get("SSH_AUTH_SOCK");
    const sshOptions = agent ? { sshOptions: { agentForward: false, agent } } : {};
    const username = address.user ?? Deno.env.get("USER") ?? "root";
    return { protocol: "ssh", host, port, username, ...sshOptions } as Dockerode.DockerOptions;
  }
  if (!address.tls) return { protocol: "http", host, port };
  const { ca, cert, key } = address.tls;
  return {
    protocol: "https",
    host,
    port,
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
  };
}

function older(a: string, b: string): string {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor <= bMinor) ? a : b;
}

function unreachable(address: DockerAddress, error: unknown): OakumError {
  const where = addressText(address);
  const code = (error as { code?: string }).code ?? "";
  if (code === "EACCES" || code === "EPERM" || error instanceof Deno.errors.PermissionDenied) {
    return new OakumError(
      "docker-permission",
      "docker",
      `No permission to use Docker at ${where}.`,
      {
        hint:
          "Add your user to the group that owns the socket (often: sudo usermod -aG docker $USER, " +
          "then log in again), or run oakum with sudo.",
        cause: error,
      },
    );
  }
  return new OakumError(
    "docker-unreachable",
    "docker",
    `No Docker engine answers at ${where} (${address.from}): ${reasonOf(error)}`,
    {
      hint: "Start Docker, or point DOCKER_HOST or `docker context use` at a running engine.",
      cause: error,
    },
  );
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return message === "socket hang up"
    ? "the connection was closed, or nothing came of it"
    : message;
}
