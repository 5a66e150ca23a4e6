import type { CommandHost } from "../../docker/run.ts";
import type { RunningExec } from "../../docker/exec.ts";

/** How a command of the app's is started in a clone: as its own main process would be. */
export interface AppShell {
  /** What its entrypoint exported, and what was laid over it; may hold secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly workdir: string | undefined;
}

/** As a container's main process is started: its entrypoint exports what it needs by itself. */
export const OWN: AppShell = { environment: {}, user: undefined, workdir: undefined };

/** How a command ended. */
export interface CommandEnd {
  /** Null where it came to no end in time. */
  readonly code: number | null;
  /** The end of what it wrote, both streams as they came. */
  readonly output: string;
}

const KEPT = 8000;

/** A command that runs in a clone, and the end of what it wrote so far. */
export class AppCommand implements AsyncDisposable {
  #output = "";
  readonly ended: Promise<void>;

  private constructor(private readonly exec: RunningExec) {
    this.ended = this.#listen();
  }

  static async start(
    host: CommandHost,
    cmd: readonly string[],
    { environment, user, workdir }: AppShell,
    signal: AbortSignal,
  ): Promise<AppCommand> {
    const spec = {
      cmd,
      env: environment,
      ...(user ? { user } : {}),
      ...(workdir ? { workdir } : {}),
    };
    return new AppCommand(await host.engine.exec(host.id, spec, signal));
  }

  get output(): string {
    return this.#output;
  }

  /** Waits for its end, for so many milliseconds at most. */
  async end(milliseconds: number, signal: AbortSignal): Promise<CommandEnd> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), milliseconds);
    });
    const how = await Promise.race([this.ended, patience]);
    clearTimeout(timer);
    signal.throwIfAborted();
    const code = how === "late" ? null : await this.exec.exitCode(signal);
    return { code, output: this.#output };
  }

  async #listen(): Promise<void> {
    const text = new TextDecoder();
    try {
      for await (const { data } of this.exec.output()) {
        this.#output = (this.#output + text.decode(data, { stream: true })).slice(-KEPT);
      }
    } catch {
      // A stream that was cut ends the command for us; its exit code says the rest.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exec[Symbol.asyncDispose]();
    await this.ended;
  }
}
