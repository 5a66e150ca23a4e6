import type { OakumEvent } from "../../src/core/events.ts";
import { type Ended, environment, PROGRAM, type Start } from "../cli/program.ts";

/** An event, or the report that follows the last of them. */
export type Line = OakumEvent | { readonly type: "report"; readonly report: unknown };

/** oakum in a process of its own whose JSON lines are read as they come. */
export class Program {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<Line>;
  readonly #errors: Promise<string>;
  #stdout = "";

  constructor(args: readonly string[], { cwd, env }: Start = {}) {
    const [file = "", ...before] = PROGRAM;
    this.#child = new Deno.Command(file, {
      args: [...before, ...args],
      ...(cwd === undefined ? {} : { cwd }),
      env: environment(env),
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#errors = new Response(this.#child.stderr).text();
    this.#lines = this.#read();
  }

  /** Waits for the first event of a step, or the first progress of one (`dump/progress`). */
  async reaches(point: string): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) return false;
      if (value.type === "step" && value.step === point) return true;
      if (value.type === "progress" && `${value.step}/progress` === point) return true;
      if (value.type === point) return true;
    }
  }

  /** Sends a signal; one that has ended by itself does not mind. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch { /* It has ended. */ }
  }

  /** Reads on to its end. */
  async ended(): Promise<Ended> {
    while (!(await this.#lines.next()).done);
    const { code } = await this.#child.status;
    return { code, stdout: this.#stdout, stderr: await this.#errors };
  }

  async *#read(): AsyncGenerator<Line> {
    let rest = "";
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#stdout += piece;
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line);
    }
  }
}
