import type { Duplex } from "node:stream";
import { sleep } from "../core/time.ts";
import type { CreateOptions, Engine } from "./engine.ts";

/** What of a container's own the lifeline decides. */
const HELD_OPEN = {
  Entrypoint: ["cat"],
  Cmd: [],
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  Healthcheck: { Test: ["NONE"] },
} satisfies CreateOptions;

const HOST = {
  AutoRemove: true,
  Init: true,
  LogConfig: { Type: "none", Config: {} },
} satisfies CreateOptions["HostConfig"];

/** How long an engine that is stuck is waited for. */
const PATIENCE_MS = 20_000;

/**
 * A container whose main process is a `cat` on a stdin that this process holds open: when oakum
 * dies, in whatever way, the engine closes that stdin (StdinOnce), `cat` ends, and the container
 * goes with everything in it, its anonymous volumes included.
 */
export class Lifeline implements AsyncDisposable {
  readonly #stdin: Duplex;
  #ended: Promise<void> | undefined;

  private constructor(readonly engine: Engine, readonly id: string, stdin: Duplex) {
    this.#stdin = stdin;
  }

  /**
   * Starts it; whatever the options say of its main process and its end is replaced. `prepare` is
   * run on the container that was made and not yet started.
   */
  static async start(
    engine: Engine,
    options: CreateOptions,
    prepare: (id: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<Lifeline> {
    const HostConfig = { ...options.HostConfig, ...HOST };
    const id = await engine.create({ ...options, ...HELD_OPEN, HostConfig });
    try {
      await prepare(id);
      const stdin = await engine.attachStdin(id);
      stdin.on("error", () => {});
      await engine.start(id);
      return new Lifeline(engine, id, stdin);
    } catch (error) {
      // Thrown here it would hide why the container did not start; the next run sweeps it.
      await engine.remove(id).catch(() => {});
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stdin.destroy();
    // Its stdin is closed, so it goes by itself where the engine cannot be asked any more; thrown
    // here that would hide what happened before.
    this.#ended ??= this.engine.remove(this.id).catch(() => {});
    const over = new AbortController();
    await Promise.race([this.#ended, sleep(PATIENCE_MS, over.signal).catch(() => {})]);
    over.abort();
  }
}
