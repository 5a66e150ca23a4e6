import { OakumError } from "../../core/errors.ts";
import { statusOf } from "../../docker/engine.ts";
import type { RunningExec } from "../../docker/exec.ts";
import type { Output } from "../../docker/frames.ts";
import type { CommandHost } from "../../docker/run.ts";
import { appStopped, died } from "./died.ts";
import { pythonCommand } from "./programs.ts";
import { ProgramFailure } from "./program_failure.ts";
import { type LineReply, lineReply, readyLine } from "./replies.ts";

/** How the app's Python is started. */
export interface ProgramRun {
  readonly python: string;
  /** `uid:gid` of the app's own process; undefined for the container's user. */
  readonly user: string | undefined;
  /** What the app's own process sees beyond its container's environment; secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What is told of a program while it runs. */
export type Hear = (event: LineReply) => void;

/** What a program answered. */
export interface Answer {
  readonly result: LineReply & { readonly event: "result" };
  /** Whether the interpreter waits for another one. */
  readonly ready: boolean;
}

const PRINTED_LIMIT = 20_000;
const LINE_LIMIT = 64 * 2 ** 20;
/** A program whose lifeline was cut ends at once; more than this is a container that is paused. */
const END_LIMIT_MS = 10_000;

/**
 * The app's own Python, in its container. Its stdin stays open as its lifeline: when this process
 * ends, or the signal aborts, what runs in it ends and the server rolls its transaction back.
 */
export class Interpreter implements AsyncDisposable {
  readonly #host: CommandHost;
  readonly #exec: RunningExec;
  readonly #output: AsyncGenerator<Output>;
  readonly #lines = new Lines();

  private constructor(host: CommandHost, exec: RunningExec) {
    this.#host = host;
    this.#exec = exec;
    this.#output = exec.output();
  }

  static async start(
    host: CommandHost,
    { python, user, environment }: ProgramRun,
    signal: AbortSignal,
  ): Promise<Interpreter> {
    const spec = {
      cmd: pythonCommand(python),
      stdin: true,
      env: environment,
      ...(user === undefined ? {} : { user }),
    };
    try {
      return new Interpreter(host, await host.engine.exec(host.id, spec, signal));
    } catch (error) {
      // 404: it was removed; 409: it is stopped or paused.
      if (![404, 409].includes(statusOf(error))) throw error;
      throw appStopped("The app's container does not run", error);
    }
  }

  /** Hands something over that is not answered. */
  async write(input: Uint8Array): Promise<void> {
    await this.#exec.write(input);
  }

  /** Whether it is still there. */
  async isRunning(): Promise<boolean> {
    return await this.#exec.isRunning();
  }

  /** Runs a program. Whatever this throws, the program has ended by then, and the interpreter too. */
  async run(input: Uint8Array, hear: Hear, signal: AbortSignal): Promise<Answer> {
    const cut = () => this[Symbol.asyncDispose]();
    signal.addEventListener("abort", cut);
    try {
      signal.throwIfAborted();
      await this.write(input);
      const { last, printed, ready } = await this.#listen(hear);
      signal.throwIfAborted();
      if (last?.event === "result") return { result: last, ready };
      if (last?.event === "failed") throw new ProgramFailure(last.error, printed);
      throw await died(this.#host, this.#exec, printed, signal);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      await this.#exec.exitCode(AbortSignal.timeout(END_LIMIT_MS)).catch(() => {});
      signal.throwIfAborted(); // A stream that is cut has its own word for it.
      throw error;
    } finally {
      signal.removeEventListener("abort", cut);
    }
  }

  /** Reads what a program says to its end. */
  async #listen(hear: Hear) {
    const text = new TextDecoder();
    let printed = "";
    let last: LineReply | undefined;
    for (;;) {
      const { done, value } = await this.#output.next();
      if (done) return { last, printed, ready: false };
      if (value.stream === "stderr") {
        printed = (printed + text.decode(value.data, { stream: true })).slice(-PRINTED_LIMIT);
        continue;
      }
      for (const line of this.#lines.push(value.data)) {
        const said = parse(line);
        if (said.event === "ready") return { last, printed, ready: true };
        last = said;
        hear(last);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exec[Symbol.asyncDispose]();
  }
}

function parse(line: string): LineReply | { readonly event: "ready" } {
  try {
    return readyLine.or(lineReply).parse(JSON.parse(line));
  } catch (error) {
    throw new OakumError(
      "program-garbled",
      "failed",
      "The app's Python answered with something odd.",
      { data: { line: line.slice(0, 500) }, cause: error },
    );
  }
}

/** Cuts a stream into lines. */
class Lines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  push(data: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LINE_LIMIT) throw new Error("a line without an end");
    return lines.filter((line) => line !== "");
  }
}
