import { OakumError } from "../../core/errors.ts";
import type { CommandHost } from "../../docker/run.ts";
import { type AppPython, type Hear, Interpreter } from "./interpreter.ts";
import { type Program, programInput, requestInput, servingInput } from "./programs.ts";

/** Runs programs in the app's own Python; whatever is thrown, the program has ended by then. */
export interface ProgramRuns extends AsyncDisposable {
  run(program: Program, args: unknown, hear: Hear, signal: AbortSignal): Promise<unknown>;
}

/** Each program in a Python of its own, so that between two of them nothing is in the container. */
export class SingleRuns implements ProgramRuns {
  constructor(private readonly host: CommandHost, private readonly python: AppPython) {}

  async run(program: Program, args: unknown, hear: Hear, signal: AbortSignal): Promise<unknown> {
    const input = programInput(program, args);
    await using interpreter = await Interpreter.start(this.host, this.python, input, signal);
    return (await interpreter.answer(hear, signal)).result;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/**
 * One Python that stays until this is disposed of, for where many programs follow one another: each
 * runs in a fork of it, so that importing the libraries is paid for once. Where one ends before it
 * was asked for anything, each program has a Python of its own from then on.
 */
export class ServedRuns implements ProgramRuns {
  readonly #mark = `oakum ${crypto.randomUUID()}`;
  readonly #single: SingleRuns;
  #over = false;
  #waiting: Interpreter | undefined;
  #serves = true;

  private constructor(
    private readonly host: CommandHost,
    private readonly python: AppPython,
    /** What every program's arguments say of the project. */
    private readonly project: object,
    /** Aborts when no more programs will run. */
    private readonly signal: AbortSignal,
  ) {
    this.#single = new SingleRuns(host, python);
  }

  /** Starts the first one already. */
  static async start(
    host: CommandHost,
    python: AppPython,
    project: object,
    signal: AbortSignal,
  ): Promise<ServedRuns> {
    const runs = new ServedRuns(host, python, project, signal);
    runs.#waiting = await runs.#begin();
    return runs;
  }

  async run(program: Program, args: unknown, hear: Hear, signal: AbortSignal): Promise<unknown> {
    if (!this.#serves) return await this.#single.run(program, args, hear, signal);
    const interpreter = this.#waiting ?? await this.#begin();
    this.#waiting = undefined;
    const how = { mark: this.#mark, hear };
    const answer = await interpreter?.serve(requestInput(program, args), how, signal);
    const stays = answer?.ready && !this.#waiting && !this.#over;
    if (stays) this.#waiting = interpreter;
    else await interpreter?.[Symbol.asyncDispose]();
    if (answer) return answer.result;
    this.#serves = false;
    return await this.#single.run(program, args, hear, signal);
  }

  /** Undefined where it ends at once: why, a program that has a Python of its own says. */
  async #begin(): Promise<Interpreter | undefined> {
    const input = servingInput({ ...this.project, mark: this.#mark });
    const starting = Interpreter.start(this.host, this.python, input, this.signal);
    return await starting.catch((error) => {
      if (!isCut(error)) throw error;
      return undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#waiting?.[Symbol.asyncDispose]();
    this.#waiting = undefined;
  }
}

/** Whether the other side ended while it was written to. */
function isCut(error: unknown): boolean {
  return error instanceof OakumError && error.code === "stream-cut";
}
