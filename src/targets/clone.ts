import { messageOf, OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import type { CreateOptions, Engine } from "../docker/engine.ts";
import { Lifeline } from "../docker/lifeline.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { LABELS } from "../docker/sidecar.ts";
import { fillCopies } from "./clone_copies.ts";
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
  /** Paths that the app may write to: folders of data are empty, code beside a file is there. */
  readonly writable: readonly string[];
  /** Where the app looks for the server's socket: then the sandbox's volumes are there, too. */
  readonly socketFolder: string | undefined;
  /** Bytes of memory where the service has no limit of its own. */
  readonly memory: number;
  /** Bytes that are for what oakum has waiting in it, beyond the service's own limit. */
  readonly waiting: number;
  readonly signal: AbortSignal;
}

const PROCESSES = 4096;

/** A profile of the service's own; nothing that takes one away. */
const KEPT_SECURITY = /^(no-new-privileges(:true)?|(seccomp|apparmor)[=:](?!unconfined$).+)$/;
const NO_MORE = "no-new-privileges";
/** Programs that a service's commands start to become somebody else, which that forbids. */
const BECOMES = /\b(sudo|doas)\b/;

/** The service's own profiles; and no more privileges than it has, unless its commands need some. */
export function securityOf(
  { Config: { Entrypoint, Cmd, Healthcheck }, HostConfig: { SecurityOpt } }: ContainerDetail,
): string[] {
  const kept = SecurityOpt.filter((one) => KEPT_SECURITY.test(one));
  const needs = [Entrypoint, Cmd, Healthcheck].flat().some((word) => BECOMES.test(word));
  return needs || kept.some((one) => one.startsWith(NO_MORE)) ? kept : [...kept, NO_MORE];
}

/** What Docker gives every container, and a service that dropped all of it may have taken back. */
const ORDINARY = new Set([
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
]);

function isOrdinary(capability: string): boolean {
  return ORDINARY.has(capability);
}

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
    const { database, runId, signal, writable, socketFolder } = wish;
    const looker = { image: database.Image, runId, of: database.Id, signal };
    try {
      const mine = { looker, writable, socketFolder };
      const replaced = await cloneMounts(engine, service, mine);
      const options = cloneOptions(service, wish, replaced);
      const Labels = { ...await hiddenLabels(engine, service.Image), ...options.Labels };
      const prepare = async (id: string) => {
        await copySecrets(engine, service, id);
        await fillCopies(engine, service, id, replaced.copied);
      };
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
  service: ContainerDetail,
  wish: CloneWish,
  { mounts, tmpfs }: CloneMounts,
): CreateOptions {
  const { Image, Config, HostConfig } = service;
  const { runId, sandbox, database, environment, socketFolder, memory, waiting } = wish;
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
      Memory: HostConfig.Memory > 0 ? HostConfig.Memory + waiting : memory,
      PidsLimit: PROCESSES,
      ...(HostConfig.ShmSize > 0 ? { ShmSize: HostConfig.ShmSize } : {}),
      GroupAdd: HostConfig.GroupAdd,
      CapDrop: [...HostConfig.CapDrop, "NET_RAW", "MKNOD"],
      CapAdd: HostConfig.CapAdd.map((name) => name.replace(/^CAP_/, "")).filter(isOrdinary),
      SecurityOpt: securityOf(service),
      Tmpfs: { ...HostConfig.Tmpfs, ...tmpfs },
      Mounts: [...mounts],
      ...(socketFolder === undefined ? {} : { VolumesFrom: [sandbox] }),
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
