import type { Duplex } from "node:stream";
import { z } from "zod";
import { OakumError } from "../core/errors.ts";
import { addressText, type DockerAddress, findAddress } from "./address.ts";
import { connect, type Dockerode } from "./connect.ts";
import { type ExecSpec, RunningExec } from "./exec.ts";
import { frames } from "./frames.ts";
import {
  type ContainerDetail,
  containerDetail,
  type ContainerSummary,
  containerSummary,
  type ImageDetail,
  imageDetail,
} from "./shapes.ts";

const processTable = z.object({
  Titles: z.array(z.string()),
  Processes: z.array(z.array(z.string())).nullish().transform((rows) => rows ?? []),
});

const machine = z.object({ MemTotal: z.number() });

/** How long is waited for a removal that the engine is at already. */
const REMOVAL_MS = 20_000;

/** What `POST /containers/create` takes; field names are the Engine API's. */
export type CreateOptions = Dockerode.ContainerCreateOptions;

/** One Docker engine, spoken to in the API version that both sides know. */
export class Engine {
  readonly #docker: Dockerode;

  private constructor(
    docker: Dockerode,
    /** As `docker` would write it, such as `unix:///var/run/docker.sock`. */
    readonly address: string,
    readonly apiVersion: string,
    readonly serverVersion: string,
  ) {
    this.#docker = docker;
  }

  /** Connects as the `docker` command would; throws an `OakumError` with outcome `docker`. */
  static async connect(
    environment: Readonly<Record<string, string | undefined>>,
    address?: DockerAddress,
  ): Promise<Engine> {
    const at = address ?? await findAddress(environment);
    const { docker, apiVersion, serverVersion } = await connect(at);
    return new Engine(docker, addressText(at), apiVersion, serverVersion);
  }

  /** Bytes of memory that the engine's machine has. */
  async memory(): Promise<number> {
    return machine.parse(await this.#docker.info()).MemTotal;
  }

  /** Containers in any state; `labels` are `key` or `key=value`, all of which must match. */
  async containers(labels: readonly string[] = []): Promise<ContainerSummary[]> {
    const found = await this.#docker.listContainers({ all: true, filters: { label: [...labels] } });
    return z.array(containerSummary).parse(found);
  }

  /** One container in full; undefined where it is gone. */
  async container(id: string): Promise<ContainerDetail | undefined> {
    const found = await missingIsUndefined(this.#docker.getContainer(id).inspect());
    return found && containerDetail.parse(found);
  }

  /** One image in full; undefined where it is not on this engine. */
  async image(name: string): Promise<ImageDetail | undefined> {
    const found = await missingIsUndefined(this.#docker.getImage(name).inspect());
    return found && imageDetail.parse(found);
  }

  /** Starts a command in a running container. */
  async exec(container: string, spec: ExecSpec, signal?: AbortSignal): Promise<RunningExec> {
    return await RunningExec.start(this.#docker.getContainer(container), spec, signal);
  }

  /** Creates a container and answers with its id. */
  async create(options: CreateOptions): Promise<string> {
    const container = await this.#docker.createContainer(options);
    return container.id;
  }

  async start(id: string): Promise<void> {
    await this.#docker.getContainer(id).start();
  }

  /** Attaches to a container's stdin: what is returned is its lifeline. */
  async attachStdin(id: string): Promise<Duplex> {
    const options = { stream: true, stdin: true, hijack: true };
    return await this.#docker.getContainer(id).attach(options) as Duplex;
  }

  /** Waits until a container has ended; answers with its exit code. */
  async wait(id: string, signal?: AbortSignal): Promise<number> {
    const options = signal ? { abortSignal: signal } : {};
    const { StatusCode } = await this.#docker.getContainer(id).wait(options);
    return StatusCode;
  }

  /** Removes a container with its anonymous volumes, running or not; one that is gone is fine. */
  async remove(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    try {
      await container.remove({ force: true, v: true });
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (statusOf(error) !== 409) throw error;
      // The engine is removing it already: it is gone when that is done.
      await container.wait({ condition: "removed", abortSignal: AbortSignal.timeout(REMOVAL_MS) })
        .catch(() => {});
    }
  }

  /** Unpacks a tar stream into a folder of a container (`PUT /containers/{id}/archive`). */
  async putArchive(id: string, folder: string, tar: NodeJS.ReadableStream): Promise<void> {
    await this.#docker.getContainer(id).putArchive(tar, { path: folder });
  }

  /** A path of a container as a tar stream; undefined where it does not exist. */
  async getArchive(id: string, path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const found = await missingIsUndefined(this.#docker.getContainer(id).getArchive({ path }));
    return found as AsyncIterable<Uint8Array> | undefined;
  }

  /** The command lines of a running container's processes, as the engine's machine sees them. */
  async processes(id: string): Promise<string[]> {
    const { Titles, Processes } = processTable.parse(
      await this.#docker.getContainer(id).top({ ps_args: "-eo pid,args" }),
    );
    const at = Titles.findIndex((title) => /^(COMMAND|CMD|ARGS)$/i.test(title));
    return Processes.map((row) => row[at < 0 ? row.length - 1 : at] ?? "");
  }

  /** Connects a container to one more network, under its own name only. */
  async connectNetwork(network: string, container: string): Promise<void> {
    await this.#docker.getNetwork(network).connect({ Container: container });
  }

  /** The last lines of a container's log, both streams; since an instant, where one is given. */
  async logTail(id: string, lines: number, since?: Date): Promise<string> {
    const from = since ? { since: Math.floor(since.getTime() / 1000) } : {};
    const options = { stdout: true, stderr: true, tail: lines, follow: false, ...from } as const;
    const raw = await this.#docker.getContainer(id).logs(options);
    return await logText(raw);
  }
}

/** Without a terminal both streams come in frames; with one the log is plain text. */
async function logText(raw: Uint8Array): Promise<string> {
  const text = new TextDecoder();
  const framed = raw.length >= 8 && raw[0]! <= 2 && raw[1] === 0 && raw[2] === 0 && raw[3] === 0;
  if (!framed) return text.decode(raw);
  let whole = "";
  for await (const { data } of frames(ReadableStream.from([raw]))) {
    whole += text.decode(data, { stream: true });
  }
  return whole;
}

/** The HTTP status of an Engine API error; 0 for anything else. */
export function statusOf(error: unknown): number {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === "number" ? status : 0;
}

async function missingIsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** A container that must be there; throws an `OakumError` with outcome `notFound`. */
export async function requireContainer(engine: Engine, id: string): Promise<ContainerDetail> {
  const found = await engine.container(id);
  if (found) return found;
  throw new OakumError("container-gone", "notFound", `The container "${id}" is gone.`, {
    hint: "Was the stack recreated meanwhile? Look again: oakum status",
  });
}
