import { statusOf } from "../../docker/engine.ts";
import type { RunningExec } from "../../docker/exec.ts";
import type { CommandHost } from "../../docker/run.ts";
import { appStopped, endedEarly } from "./early_end.ts";
import { ProgramFailure } from "./program_failure.ts";
import { ProgramOutput } from "./program_output.ts";
import { pythonCommand } from "./programs.ts";
import type { LineReply } from "./replies.ts";

/** The Python of an app, and how it is started. */
export interface AppPython {
  /** In the container. */
  readonly path: string;
  /** `uid:gid` of the app's own process; undefined for the container's user. */
  readonly user: string | undefined;
  /** What the app's own process sees beyond its container's environment; secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Is told what a program says while it runs. */
export type Hear = (event: LineReply) => void;

/** What became of a program. */
export interface Answer {
  readonly result: LineReply & { readonly event: "result" };
  /** Whether the interpreter waits for another one. */
  readonly ready: boolean;
}

/** A program whose lifeline was cut ends at once; more than this is a container that is paused. */
const END_LIMIT_MS = 10_000;

/**
 * The app's own Python, at work in its container. Its stdin stays open as its lifeline: when this
 * process ends, or a signal aborts, what runs in it ends and the server rolls its transaction back.
 */
export class Interpreter implements AsyncDisposable {
  readonly #output: ProgramOutput;

  private constructor(
    private readonly host: CommandHost,
    private readonly exec: RunningExec,
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    this.#output = new ProgramOutput(exec.output());
  }

  /** Starts it with a program, or with the one that serves others. */
  static async start(
    host: CommandHost,
    { path, user, environment }: AppPython,
    input: Uint8Array,
    signal: AbortSignal,
  ): Promise<Interpreter> {
    const as = user === undefined ? {} : { user };
    const spec = { cmd: pythonCommand(path), stdin: true, env: environment, ...as };
    const exec = await host.engine.exec(host.id, spec, signal).catch((error) => {
      // 404: it was removed; 409: it is stopped or paused.
      if (![404, 409].includes(statusOf(error))) throw error;
      throw appStopped("The app's container does not run", error);
    });
    const interpreter = new Interpreter(host, exec, environment);
    await interpreter.#untilItEnds(signal, () => exec.write(input));
    return interpreter;
  }

  /** What the program that it was started with answers. */
  async answer(hear: Hear, signal: AbortSignal): Promise<Answer> {
    return await this.#untilItEnds(signal, () => this.#hearOut(hear, signal));
  }

  /**
   * Has a program served; undefined where the interpreter ended before it took that. `mark` is the
   * line with which it ends what the program printed.
   */
  async serve(
    input: Uint8Array,
    { mark, hear }: { readonly mark: string; readonly hear: Hear },
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    return await this.#untilItEnds(signal, async () => {
      // What does not get all of a request takes none.
      const written = await this.exec.write(input).then(() => true, () => false);
      const taken = written && await this.#output.next();
      signal.throwIfAborted();
      if (!taken) return await this.#end();
      const answer = await this.#hearOut(hear, signal);
      const ready = answer.ready && await this.#output.forgetTo(mark);
      signal.throwIfAborted();
      return { ...answer, ready };
    });
  }

  /** Whatever this throws, the program has ended by then, and the interpreter with it. */
  async #untilItEnds<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const cut = () => this[Symbol.asyncDispose]();
    signal.addEventListener("abort", cut);
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      await this.#end();
      signal.throwIfAborted(); // A stream that is cut has its own word for it.
      throw error;
    } finally {
      signal.removeEventListener("abort", cut);
    }
  }

  /** Lets go of it, and waits until it is gone. */
  async #end(): Promise<undefined> {
    await this[Symbol.asyncDispose]();
    await this.exec.exitCode(AbortSignal.timeout(END_LIMIT_MS)).catch(() => {});
  }

  async #hearOut(hear: Hear, signal: AbortSignal): Promise<Answer> {
    let last: LineReply | undefined;
    let ready = false;
    for (let line; !ready && (line = await this.#output.next());) {
      if (line.event === "ready") ready = true;
      else if (line.event !== "taken") hear(last = line);
    }
    signal.throwIfAborted();
    const { printed } = this.#output;
    const left = { printed, environment: this.environment };
    if (last?.event === "failed") throw new ProgramFailure(last.error, printed);
    if (last?.event !== "result") throw await endedEarly(this.host, this.exec, left, signal);
    return { result: last, ready };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exec[Symbol.asyncDispose]();
  }
}
