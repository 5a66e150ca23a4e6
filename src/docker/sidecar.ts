import type { Duplex } from "node:stream";
import { OakumError } from "../core/errors.ts";
import type { Engine } from "./engine.ts";
import type { CommandHost } from "./run.ts";
import type { ContainerDetail } from "./shapes.ts";

/** Labels by which oakum knows its own containers again. */
export const LABELS = { run: "oakum.run", kind: "oakum.kind", of: "oakum.of" } as const;

const MEMORY = 1024 * 2 ** 20;

/**
 * A throwaway container of the database's own image in the database's network. Nothing that oakum
 * starts runs in the database container itself: there the server is PID 1, which adopts orphans and
 * takes their death for a crash of its own.
 *
 * Its main process is a `cat` on a stdin that this process holds open: when oakum dies, in whatever
 * way, the engine closes that stdin (StdinOnce), `cat` ends, and the container goes with everything
 * in it.
 */
export class Sidecar implements CommandHost, AsyncDisposable {
  readonly #lifeline: Duplex;

  private constructor(readonly engine: Engine, readonly id: string, lifeline: Duplex) {
    this.#lifeline = lifeline;
  }

  static async start(engine: Engine, database: ContainerDetail, runId: string): Promise<Sidecar> {
    const image = await engine.image(database.Image);
    const id = await engine.create(
      sidecarOptions(database, runId, Object.keys(image?.Config?.Volumes ?? {})),
    );
    try {
      const lifeline = await engine.attachStdin(id);
      lifeline.on("error", () => {});
      await engine.start(id);
      return new Sidecar(engine, id, lifeline);
    } catch (error) {
      await engine.remove(id);
      throw startFailed(database, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifeline.destroy();
    await this.engine.remove(this.id);
  }
}

function sidecarOptions(database: ContainerDetail, runId: string, volumes: readonly string[]) {
  return {
    name: `oakum-${runId}-sidecar`,
    // By id: the tag may have moved on since the database was started.
    Image: database.Image,
    User: "0:0",
    Entrypoint: ["cat"],
    Cmd: [],
    WorkingDir: "/",
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    Healthcheck: { Test: ["NONE"] },
    Labels: { [LABELS.run]: runId, [LABELS.kind]: "sidecar", [LABELS.of]: database.Id },
    HostConfig: {
      NetworkMode: `container:${database.Id}`,
      AutoRemove: true,
      Init: true,
      Memory: MEMORY,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      LogConfig: { Type: "none", Config: {} },
      // The image's declared volumes would become anonymous ones on disk.
      Tmpfs: Object.fromEntries(volumes.map((path) => [path, "size=1m"])),
    },
  };
}

function startFailed(database: ContainerDetail, error: unknown): unknown {
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 409 && !database.State.Running) {
    return new OakumError(
      "database-not-running",
      "refused",
      `The database container "${database.Name.slice(1)}" is not running.`,
      { hint: `Start it: docker start ${database.Name.slice(1)}`, cause: error },
    );
  }
  return error;
}
