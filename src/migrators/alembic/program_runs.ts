import type { CommandHost } from "../../docker/run.ts";
import { type Hear, Interpreter, type ProgramRun } from "./interpreter.ts";
import { type Program, programInput, requestInput, servingInput } from "./programs.ts";

/** Runs programs in the app's own Python; what is thrown says that the program has ended. */
export interface Programs extends AsyncDisposable {
  run(program: Program, args: unknown, hear: Hear, signal: AbortSignal): Promise<unknown>;
}

/** Each program in a Python of its own, so that between two of them nothing is in the container. */
export class SingleRuns implements Programs {
  constructor(readonly host: CommandHost, private readonly how: ProgramRun) {}

  async run(program: Program, args: unknown, hear: Hear, signal: AbortSignal): Promise<unknown> {
    await using interpreter = await Interpreter.start(this.host, this.how, signal);
    const { result } = await interpreter.run(programInput(program, args), hear, signal);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/**
 * One Python that stays until this is disposed of, for where many programs follow one another: each
 * runs in a fork of it, so that importing the libraries is paid for once.
 */
export class ServedRuns implements Programs {
  #waiting: Interpreter | undefined;

  private constructor(
    private readonly host: CommandHost,
    private readonly how: ProgramRun,
    /** What every program's arguments say of the project. */
    private readonly project: unknown,
    /** Aborts when no more programs will run. */
    private readonly signal: AbortSignal,
  ) {}

  /** Starts the first one already. */
  static async start(
    host: CommandHost,
    how: ProgramRun,
    project: unknown,
    signal: AbortSignal,
  ): Promise<ServedRuns> {
    const runs = new ServedRuns(host, how, project, signal);
    runs.#waiting = await runs.#serving();
    return runs;
  }

  async run(program: Program, args: unknown, hear: Hear, signal: AbortSignal): Promise<unknown> {
    const interpreter = await this.#taken() ?? await this.#serving();
    const { result, ready } = await interpreter.run(requestInput(program, args), hear, signal);
    if (ready && !this.#waiting) this.#waiting = interpreter;
    else await interpreter[Symbol.asyncDispose]();
    return result;
  }

  /** The one that waits, unless something ended it meanwhile. */
  async #taken(): Promise<Interpreter | undefined> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting || await waiting.isRunning()) return waiting;
    await waiting[Symbol.asyncDispose]();
    return undefined;
  }

  async #serving(): Promise<Interpreter> {
    const interpreter = await Interpreter.start(this.host, this.how, this.signal);
    await interpreter.write(servingInput(this.project));
    return interpreter;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#waiting?.[Symbol.asyncDispose]();
  }
}
