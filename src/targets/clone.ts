import { messageOf, OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import type { CreateOptions, Engine } from "../docker/engine.ts";
import { Lifeline } from "../docker/lifeline.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { LABELS } from "../docker/sidecar.ts";
import { type CloneMounts, cloneMounts } from "./clone_mounts.ts";
import { copySecrets, hiddenLabels } from "./oneoff.ts";

/** What a clone is given that its original does not have. */
export interface CloneWish {
  readonly runId: string;
  /** The sandbox's container, in whose network namespace it lives. */
  readonly sandbox: string;
  /** The real database's container: its image looks into mounts, its next run sweeps. */
  readonly database: ContainerDetail;
  /** Variables laid over the app's own; may hold secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Paths that the app may write to, and that are empty. */
  readonly writable: readonly string[];
  /** Whether the sandbox's volumes are there too, since its socket is in one. */
  readonly sharesSocket: boolean;
  /** Bytes of memory where the service has no limit of its own. */
  readonly memory: number;
  readonly signal: AbortSignal;
}

const PROCESSES = 4096;

/**
 * An app's container as it would be in a sandbox: its image, environment, user and code, and no way
 * out. It has the sandbox's network, which is none; no port, label, restart policy, privilege, device
 * or namespace of the host, and no mount that leads back. It dies with oakum, by its lifeline.
 */
export class Clone implements CommandHost, AsyncDisposable {
  private constructor(
    private readonly lifeline: Lifeline,
    /** What of the app's mounts it does not have, in sentences. */
    readonly leftOut: readonly string[],
  ) {}

  get engine(): Engine {
    return this.lifeline.engine;
  }

  get id(): string {
    return this.lifeline.id;
  }

  static async start(engine: Engine, service: ContainerDetail, wish: CloneWish): Promise<Clone> {
    const { database, runId, signal, writable } = wish;
    const looker = { image: database.Image, runId, of: database.Id, signal };
    const replaced = await cloneMounts(engine, service, { looker, writable });
    const options = cloneOptions(service, wish, replaced);
    const Labels = { ...await hiddenLabels(engine, service.Image), ...options.Labels };
    try {
      const prepare = (id: string) => copySecrets(engine, service, id);
      const lifeline = await Lifeline.start(engine, { ...options, Labels }, prepare);
      return new Clone(lifeline, replaced.leftOut);
    } catch (error) {
      throw startFailed(service, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lifeline[Symbol.asyncDispose]();
  }
}

function cloneOptions(
  { Image, Config, HostConfig }: ContainerDetail,
  wish: CloneWish,
  { mounts, tmpfs }: CloneMounts,
): CreateOptions {
  const { runId, sandbox, database, environment, sharesSocket, memory } = wish;
  return {
    name: `oakum-${runId}-clone-${newRunId().slice(0, 4)}`,
    // By id: the tag may have moved on.
    Image,
    Env: overlaid(Config.Env, environment),
    User: Config.User,
    WorkingDir: Config.WorkingDir,
    Labels: { [LABELS.run]: runId, [LABELS.kind]: "clone", [LABELS.of]: database.Id },
    HostConfig: {
      NetworkMode: `container:${sandbox}`,
      ReadonlyRootfs: HostConfig.ReadonlyRootfs,
      Memory: HostConfig.Memory > 0 ? HostConfig.Memory : memory,
      PidsLimit: PROCESSES,
      ...(HostConfig.ShmSize > 0 ? { ShmSize: HostConfig.ShmSize } : {}),
      GroupAdd: HostConfig.GroupAdd,
      CapDrop: [...HostConfig.CapDrop, "NET_RAW", "MKNOD"],
      SecurityOpt: HostConfig.SecurityOpt.filter((one) => !one.endsWith("unconfined")),
      Tmpfs: { ...HostConfig.Tmpfs, ...tmpfs },
      Mounts: [...mounts],
      ...(sharesSocket ? { VolumesFrom: [sandbox] } : {}),
    },
  };
}

function overlaid(own: readonly string[], over: Readonly<Record<string, string>>): string[] {
  const kept = own.filter((pair) => !Object.hasOwn(over, pair.split("=", 1)[0]!));
  return [...kept, ...Object.entries(over).map(([name, value]) => `${name}=${value}`)];
}

function startFailed({ Name }: ContainerDetail, error: unknown): unknown {
  if (error instanceof OakumError) return error;
  return new OakumError(
    "clone-failed",
    "refused",
    `No copy of the app's container "${Name.slice(1)}" can be started: ${messageOf(error)}`,
    { hint: "Nothing of yours was touched.", cause: error },
  );
}
