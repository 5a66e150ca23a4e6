import type { Duplex } from "node:stream";
import { OakumError } from "../core/errors.ts";
import { sleep } from "../core/time.ts";
import type { Dockerode } from "./connect.ts";
import { frames, type Output } from "./frames.ts";

/** A command for a running container; nothing of it goes through a shell. */
export interface ExecSpec {
  readonly cmd: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workdir?: string;
  /** Attach stdin; then `closeStdin` must be called, or the command may wait for ever. */
  readonly stdin?: boolean;
  /** A terminal: never for data, since it turns LF into CRLF. */
  readonly tty?: boolean;
}

/** What a finished command left; texts are cut at the limit that was asked for. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs in a container. Disposing closes its streams; it does not kill it. */
export class RunningExec implements AsyncDisposable {
  readonly #exec: Dockerode.Exec;
  readonly #raw: Duplex;
  readonly #signal: AbortSignal | undefined;
  readonly #forgetSignal: () => void;

  private constructor(exec: Dockerode.Exec, raw: Duplex, signal: AbortSignal | undefined) {
    this.#exec = exec;
    this.#raw = raw;
    this.#signal = signal;
    // A destroyed stream reports its error to whoever reads; it must not end the program.
    raw.on("error", () => {});
    const abort = () => raw.destroy(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#forgetSignal = () => signal?.removeEventListener("abort", abort);
  }

  /** `POST /containers/{id}/exec`, then `POST /exec/{id}/start` with a hijacked connection. */
  static async start(
    container: Dockerode.Container,
    spec: ExecSpec,
    signal?: AbortSignal,
  ): Promise<RunningExec> {
    signal?.throwIfAborted();
    const exec = await container.exec({
      Cmd: [...spec.cmd],
      AttachStdin: spec.stdin ?? false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: spec.tty ?? false,
      ...(spec.env
        ? { Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`) }
        : {}),
      ...(spec.user ? { User: spec.user } : {}),
      ...(spec.workdir ? { WorkingDir: spec.workdir } : {}),
    });
    const raw = await exec.start({
      hijack: true,
      stdin: spec.stdin ?? false,
      Tty: spec.tty ?? false,
    });
    const running = new RunningExec(exec, raw, signal);
    if (signal?.aborted) {
      raw.destroy();
      signal.throwIfAborted();
    }
    return running;
  }

  /** Both streams as they come; reading slowly slows the command down. */
  output(): AsyncGenerator<Output> {
    return frames(this.#raw);
  }

  /** The hijacked connection itself: unframed with a terminal, framed towards us without. */
  get raw(): Duplex {
    return this.#raw;
  }

  /** Writes to the command's stdin and waits until `data` was taken: then it may be used anew. */
  async write(data: Uint8Array | string): Promise<void> {
    if (this.#raw.destroyed) throw this.#whyLost(streamLost());
    await new Promise<void>((resolve, reject) => {
      const onClose = () => reject(this.#whyLost(streamLost()));
      this.#raw.once("close", onClose);
      this.#raw.write(data, (error) => {
        this.#raw.off("close", onClose);
        error ? reject(this.#whyLost(error)) : resolve();
      });
    });
  }

  /** A write that an interruption breaks off says `write ECANCELED`, and not why. */
  #whyLost(error: Error): unknown {
    return this.#signal?.aborted ? this.#signal.reason : error;
  }

  /**
   * Writes all of it to the command's stdin, and closes that only where it came to its end. A chunk
   * is done with when the next is asked for.
   */
  async feed(input: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of input) await this.write(chunk);
    this.closeStdin();
  }

  closeStdin(): void {
    this.#raw.end();
  }

  async resize(rows: number, columns: number): Promise<void> {
    await this.#exec.resize({ h: rows, w: columns });
  }

  /** The exit code, once the command has ended; 137 where its container was killed. */
  async exitCode(signal?: AbortSignal): Promise<number> {
    for (let pause = 5;; pause = Math.min(pause * 2, 250)) {
      const state = await this.#exec.inspect(signal ? { abortSignal: signal } : {});
      if (!state.Running && state.ExitCode !== null) return state.ExitCode;
      await sleep(pause, signal);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#forgetSignal();
    this.#raw.destroy();
    return Promise.resolve();
  }
}

function streamLost(): OakumError {
  return new OakumError(
    "stream-cut",
    "failed",
    "The connection to the command in the container was lost.",
    {
      hint: "Was the container stopped, or the connection to Docker lost?",
    },
  );
}

/** Collects both streams of a command, each up to `limit` bytes; the rest is read and dropped. */
export async function collect(
  exec: RunningExec,
  limit: number,
): Promise<{ stdout: string; stderr: string }> {
  const kept: Record<Output["stream"], Uint8Array[]> = { stdout: [], stderr: [] };
  const left = { stdout: limit, stderr: limit };
  for await (const { stream, data } of exec.output()) {
    const part = data.slice(0, left[stream]);
    left[stream] -= part.length;
    if (part.length > 0) kept[stream].push(part);
  }
  return { stdout: decode(kept.stdout), stderr: decode(kept.stderr) };
}

function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}
