import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, OakumError } from "../core/errors.ts";

/** Where a Docker engine is reached, as the `docker` command would reach it. */
export type DockerAddress =
  | { readonly kind: "unix"; readonly path: string; readonly from: string }
  | {
    readonly kind: "tcp";
    readonly host: string;
    readonly port: number;
    readonly tls: TlsFiles | undefined;
    readonly from: string;
  }
  | {
    readonly kind: "ssh";
    readonly host: string;
    readonly port: number;
    readonly user: string | undefined;
    readonly from: string;
  };

/** PEM texts of a TLS client. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_SOCKET = "/var/run/docker.sock";

/** The address as a person writes it, such as `unix:///var/run/docker.sock`. */
export function addressText(address: DockerAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const scheme = address.kind === "tcp" ? "tcp" : "ssh";
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${scheme}://${host}:${address.port}`;
}

/**
 * Finds the engine as the `docker` command does: `DOCKER_HOST`, else the context of
 * `DOCKER_CONTEXT` or `config.json`, else the usual sockets of this machine and user.
 */
export async function findAddress(environment: Environment): Promise<DockerAddress> {
  const host = environment.DOCKER_HOST;
  if (host) return await parseHost(host, "DOCKER_HOST", await environmentTls(environment));
  const folder = environment.DOCKER_CONFIG || join(environment.HOME ?? "/root", ".docker");
  const context = environment.DOCKER_CONTEXT || await currentContext(folder);
  if (context && context !== "default") return await contextAddress(folder, context);
  return { kind: "unix", path: await usualSocket(environment), from: "default" };
}

async function usualSocket(environment: Environment): Promise<string> {
  const candidates = [
    DEFAULT_SOCKET,
    environment.XDG_RUNTIME_DIR && join(environment.XDG_RUNTIME_DIR, "docker.sock"),
    environment.HOME && join(environment.HOME, ".docker/run/docker.sock"),
  ];
  for (const path of candidates) {
    if (path && await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return DEFAULT_SOCKET;
}

async function parseHost(
  text: string,
  from: string,
  tls: TlsFiles | undefined,
): Promise<DockerAddress> {
  const socket = /^unix:\/\/(\/.*)$/.exec(text);
  if (socket?.[1]) return await Promise.resolve({ kind: "unix", path: socket[1], from });
  const url = URL.parse(text.replace(/^(tcp|https?):/, "http:").replace(/^ssh:/, "ftp:"));
  if (!url?.hostname || !/^(tcp|https?|ssh):/.test(text)) {
    throw new OakumError(
      "docker-host-invalid",
      "docker",
      `${from} is not a Docker address: ${text}`,
      {
        hint: "Accepted are unix:///path, tcp://host:port and ssh://user@host.",
      },
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (text.startsWith("ssh:")) {
    const user = url.username ? decodeURIComponent(url.username) : undefined;
    return { kind: "ssh", host, port: Number(url.port || 22), user, from };
  }
  const secure = tls ?? (text.startsWith("https:") ? SYSTEM_TRUST : undefined);
  return { kind: "tcp", host, port: Number(url.port || (secure ? 2376 : 2375)), tls: secure, from };
}

async function environmentTls(environment: Environment): Promise<TlsFiles | undefined> {
  if (!environment.DOCKER_TLS_VERIFY && !environment.DOCKER_TLS) return undefined;
  const folder = environment.DOCKER_CERT_PATH || join(environment.HOME ?? "/root", ".docker");
  const files = await readTls(folder);
  // Asked for TLS and given no file: never on without it, as the docker command does not either.
  if (files || !environment.DOCKER_TLS_VERIFY) return files ?? SYSTEM_TRUST;
  throw new OakumError(
    "docker-tls-files",
    "docker",
    `DOCKER_TLS_VERIFY is set, but ${folder} has none of ca.pem, cert.pem and key.pem.`,
    { hint: "Point DOCKER_CERT_PATH at the folder that has them." },
  );
}

/** TLS with the certificates that the machine trusts anyway. */
const SYSTEM_TRUST: TlsFiles = { ca: undefined, cert: undefined, key: undefined };

async function readTls(folder: string): Promise<TlsFiles | undefined> {
  const read = (name: string) => Deno.readTextFile(join(folder, name)).catch(() => undefined);
  const [ca, cert, key] = await Promise.all([read("ca.pem"), read("cert.pem"), read("key.pem")]);
  return ca || cert || key ? { ca, cert, key } : undefined;
}

const cliConfig = z.object({ currentContext: z.string().optional() });

async function currentContext(folder: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(join(folder, "config.json")).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return cliConfig.parse(JSON.parse(text)).currentContext;
  } catch {
    return undefined; // The docker command falls back to its default context as well.
  }
}

const contextMeta = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string() }) }),
});

/** A context's store is named by the SHA-256 of its name (docker/cli, context store). */
async function contextAddress(folder: string, name: string): Promise<DockerAddress> {
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(folder, "contexts/meta", id, "meta.json");
  try {
    const meta = contextMeta.parse(JSON.parse(await Deno.readTextFile(file)));
    const tls = await readTls(join(folder, "contexts/tls", id, "docker"));
    return await parseHost(meta.Endpoints.docker.Host, `docker context "${name}"`, tls);
  } catch (error) {
    if (error instanceof OakumError) throw error;
    throw new OakumError(
      "docker-context-unreadable",
      "docker",
      `The Docker context "${name}" cannot be read: ${messageOf(error)}`,
      { hint: "List the contexts: docker context ls" },
    );
  }
}
