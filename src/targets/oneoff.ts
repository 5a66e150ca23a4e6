import { Readable } from "node:stream";
import { packTar, unpackTar } from "modern-tar";
import { messageOf, OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import type { CreateOptions, Engine } from "../docker/engine.ts";
import { Lifeline } from "../docker/lifeline.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { LABELS } from "../docker/sidecar.ts";

const SECRETS = "/run/secrets";

/**
 * A container with a service's own configuration, for a service that does not run. It dies with
 * oakum, by its lifeline. It carries no port, no restart policy, no health check and none of the
 * service's labels, which would make `docker compose` take it for the service.
 */
export class OneOff implements CommandHost, AsyncDisposable {
  private constructor(private readonly lifeline: Lifeline) {}

  get engine(): Engine {
    return this.lifeline.engine;
  }

  get id(): string {
    return this.lifeline.id;
  }

  static async start(engine: Engine, service: ContainerDetail, runId: string): Promise<OneOff> {
    const [first, ...others] = networksOf(service);
    const options = oneOffOptions(service, runId, first);
    const Labels = { ...await hiddenLabels(engine, service.Image), ...options.Labels };
    try {
      const lifeline = await Lifeline.start(engine, { ...options, Labels }, async (id) => {
        for (const network of others) await engine.connectNetwork(network, id);
        await copySecrets(engine, service, id);
      });
      return new OneOff(lifeline);
    } catch (error) {
      throw startFailed(service, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lifeline[Symbol.asyncDispose]();
  }
}

/** Networks of its own; a container in another's namespace, or without one, has none. */
function networksOf({ HostConfig, NetworkSettings }: ContainerDetail): string[] {
  if (/^(container:|host$|none$)/.test(HostConfig.NetworkMode)) return [];
  return Object.keys(NetworkSettings.Networks);
}

function startFailed({ Name }: ContainerDetail, error: unknown): OakumError {
  const name = Name.slice(1);
  return new OakumError(
    "one-off-failed",
    "refused",
    `No container can be started in place of "${name}", which does not run: ${messageOf(error)}`,
    { hint: `Start the service itself: docker start ${name}`, cause: error },
  );
}

function oneOffOptions(
  { Id, Image, Config, HostConfig, Mounts }: ContainerDetail,
  runId: string,
  network: string | undefined,
): CreateOptions {
  return {
    name: `oakum-${runId}-app-${newRunId().slice(0, 4)}`,
    // By id: the tag may have moved on.
    Image,
    Env: Config.Env,
    User: Config.User,
    WorkingDir: Config.WorkingDir,
    Labels: { [LABELS.run]: runId, [LABELS.kind]: "app", [LABELS.of]: Id },
    HostConfig: {
      NetworkMode: network ?? HostConfig.NetworkMode,
      ReadonlyRootfs: HostConfig.ReadonlyRootfs,
      Memory: HostConfig.Memory,
      ...(HostConfig.ShmSize > 0 ? { ShmSize: HostConfig.ShmSize } : {}),
      ExtraHosts: HostConfig.ExtraHosts,
      Dns: HostConfig.Dns,
      DnsSearch: HostConfig.DnsSearch,
      DnsOptions: HostConfig.DnsOptions,
      GroupAdd: HostConfig.GroupAdd,
      CapDrop: HostConfig.CapDrop,
      SecurityOpt: HostConfig.SecurityOpt,
      Links: HostConfig.Links,
      Tmpfs: HostConfig.Tmpfs,
      Mounts: sameMounts(Mounts),
    },
  };
}

/**
 * A container inherits its image's labels, and Compose labels what it builds, as people do who build
 * for a proxy: they cannot be left out, only made to say nothing.
 */
export async function hiddenLabels(engine: Engine, image: string): Promise<Record<string, string>> {
  const labels = (await engine.image(image))?.Config?.Labels ?? {};
  return Object.fromEntries(Object.keys(labels).map((name) => [name, ""]));
}

/** A volume by its name, a folder by its path; the rest the engine makes anew. */
function sameMounts(mounts: ContainerDetail["Mounts"]) {
  return mounts.flatMap(({ Type, Name, Source, Destination, RW }) => {
    const source = Type === "bind" ? Source : Type === "volume" ? Name : undefined;
    if (!source) return [];
    return [{
      Type: Type as "bind" | "volume",
      Source: source,
      Target: Destination,
      ReadOnly: !RW,
    }];
  });
}

/** Compose copies secrets that come from its environment into the container: no mount has them. */
export async function copySecrets(
  engine: Engine,
  service: ContainerDetail,
  to: string,
): Promise<void> {
  const archive = await engine.getArchive(service.Id, SECRETS);
  if (!archive) return;
  const mounted = new Set(service.Mounts.map(({ Destination }) => Destination));
  const entries = await unpackTar(ReadableStream.from(archive), {
    filter: ({ name, type }) => type === "file" && !mounted.has(`/run/${name}`),
  });
  if (entries.length === 0) return;
  const tar = await packTar(entries);
  await engine.putArchive(to, "/run", Readable.from([tar]));
}
