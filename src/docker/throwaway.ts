import type { Duplex } from "node:stream";
import type { CreateOptions, Engine } from "./engine.ts";
import type { CommandHost } from "./run.ts";

/**
 * A container whose main process is a `cat` on a stdin that this process holds open: when oakum
 * dies, in whatever way, the engine closes that stdin (StdinOnce), `cat` ends, and the container
 * goes with everything in it, its anonymous volumes included.
 */
export class Throwaway implements CommandHost, AsyncDisposable {
  readonly #lifeline: Duplex;

  private constructor(readonly engine: Engine, readonly id: string, lifeline: Duplex) {
    this.#lifeline = lifeline;
  }

  /** Starts it; whatever the options say of its main process and its end is replaced. */
  static async start(engine: Engine, options: CreateOptions): Promise<Throwaway> {
    const id = await engine.create({
      ...options,
      Entrypoint: ["cat"],
      Cmd: [],
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        ...options.HostConfig,
        AutoRemove: true,
        Init: true,
        LogConfig: { Type: "none", Config: {} },
      },
    });
    try {
      const lifeline = await engine.attachStdin(id);
      lifeline.on("error", () => {});
      await engine.start(id);
      return new Throwaway(engine, id, lifeline);
    } catch (error) {
      await engine.remove(id);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifeline.destroy();
    await this.engine.remove(this.id);
  }
}
