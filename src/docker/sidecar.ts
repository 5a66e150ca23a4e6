import { OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import { type Engine, statusOf } from "./engine.ts";
import { Lifeline } from "./lifeline.ts";
import type { CommandHost } from "./run.ts";
import type { ContainerDetail } from "./shapes.ts";

/** Labels by which oakum knows its own containers again. */
export const LABELS = { run: "oakum.run", kind: "oakum.kind", of: "oakum.of" } as const;

const MEMORY = 1024 * 2 ** 20;
/** Tools with all their jobs, and a relay for each connection, are far below it. */
export const PROCESSES = 1024;

/** What a sidecar is given of the host's files; nothing of it can be written to. */
export interface SidecarMounts {
  /** The folder of the server's socket, shared where a mount of the database's container holds it. */
  readonly socketFolder?: string | undefined;
  /** A file as the engine's machine sees it, and where it is to be in the sidecar. */
  readonly file?: { readonly source: string; readonly target: string };
}

/**
 * A throwaway container of the database's own image in the database's network. Nothing that oakum
 * starts runs in the database container itself: there the server is PID 1, which adopts orphans and
 * takes their death for a crash of its own. It dies with oakum, by its lifeline.
 */
export class Sidecar implements CommandHost, AsyncDisposable {
  private constructor(
    private readonly lifeline: Lifeline,
    /** Whether the server's socket is at the same path in here. */
    readonly sharesSocket: boolean,
  ) {}

  get engine(): Engine {
    return this.lifeline.engine;
  }

  get id(): string {
    return this.lifeline.id;
  }

  /** Throws an `OakumError` where the database's container no longer runs. */
  static async start(
    engine: Engine,
    database: ContainerDetail,
    runId: string,
    { socketFolder, file }: SidecarMounts = {},
  ): Promise<Sidecar> {
    const image = await engine.image(database.Image);
    const shared = socketFolder === undefined ? undefined : mountOf(database, socketFolder);
    const volumes = Object.keys(image?.Config?.Volumes ?? {});
    try {
      const lifeline = await Lifeline.start(
        engine,
        sidecarOptions(database, runId, volumes, { shared, file }),
      );
      return new Sidecar(lifeline, shared !== undefined);
    } catch (error) {
      throw await startFailed(engine, database, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lifeline[Symbol.asyncDispose]();
  }
}

type Mount = ContainerDetail["Mounts"][number];

/** The volume or host folder that holds a folder of a container, if another container can have it. */
function mountOf(database: ContainerDetail, folder: string): Mount | undefined {
  // Debian's and Alpine's /var/run is a link to /run.
  const plain = (path: string) => `${path.replace(/^\/var\/run(?=\/|$)/, "/run")}/`;
  return database.Mounts
    .filter(({ Type }) => Type === "volume" || Type === "bind")
    .filter(({ Destination }) => plain(folder).startsWith(plain(Destination)))
    .sort((a, b) => b.Destination.length - a.Destination.length)[0];
}

function sidecarOptions(
  database: ContainerDetail,
  runId: string,
  volumes: readonly string[],
  { shared, file }: { shared: Mount | undefined; file: SidecarMounts["file"] },
) {
  return {
    // A run may try several users one after another, or have two servers at once.
    name: `oakum-${runId}-sidecar-${newRunId().slice(0, 4)}`,
    // By id: the tag may have moved on since the database was started.
    Image: database.Image,
    User: "0:0",
    WorkingDir: "/",
    Labels: { [LABELS.run]: runId, [LABELS.kind]: "sidecar", [LABELS.of]: servedBy(database) },
    HostConfig: {
      NetworkMode: `container:${database.Id}`,
      Memory: MEMORY,
      PidsLimit: PROCESSES,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Mounts: [
        ...shared ? [sharedMount(shared)] : [],
        ...file
          ? [{ Type: "bind" as const, Source: file.source, Target: file.target, ReadOnly: true }]
          : [],
      ],
      // The image's declared volumes would become anonymous ones on disk.
      Tmpfs: Object.fromEntries(
        volumes.filter((path) => path !== shared?.Destination).map((path) => [path, "size=1m"]),
      ),
    },
  };
}

/** In a sandbox it is the real server, whose next run sweeps it: nobody looks for a sandbox's. */
function servedBy({ Id, Config: { Labels } }: ContainerDetail): string {
  return Labels[LABELS.kind] === "sandbox" ? Labels[LABELS.of] ?? Id : Id;
}

/** A socket on a file system that is mounted read-only can be connected to all the same. */
function sharedMount({ Type, Name, Source, Destination }: Mount) {
  const at = { Target: Destination, ReadOnly: true };
  if (Type === "bind") return { ...at, Type: "bind" as const, Source };
  return {
    ...at,
    Type: "volume" as const,
    Source: Name ?? Source,
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } },
  };
}

async function startFailed(
  engine: Engine,
  database: ContainerDetail,
  error: unknown,
): Promise<unknown> {
  if (statusOf(error) !== 409 && statusOf(error) !== 404) return error;
  const now = await engine.container(database.Id);
  if (now?.State.Running) return error;
  const name = database.Name.slice(1);
  return new OakumError(
    "database-not-running",
    "refused",
    `The database container "${name}" is ${now ? "not running" : "gone"}.`,
    { hint: now ? `Start it: docker start ${name}` : "Look again: oakum status", cause: error },
  );
}
