import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { OakumError } from "../core/errors.ts";
import type { RunningExec } from "../docker/exec.ts";
import type { Output } from "../docker/frames.ts";

/**
 * A relay's stdin and stdout as the socket that postgres.js wants. It sends its farewell only while
 * `readyState` is `open`, and a close without an error before the first answer would make it
 * reconnect for ever: so an end that we did not ask for is always an error.
 */
export class RelaySocket extends Duplex {
  readyState: "open" | "closed" = "open";
  readonly #exec: RunningExec;
  readonly #output: AsyncGenerator<Output>;
  #complaint = "";
  #pulling = false;

  constructor(exec: RunningExec) {
    super();
    this.#exec = exec;
    this.#output = exec.output();
  }

  override _read(): void {
    if (!this.#pulling) void this.#pull();
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      for (let more = true; more;) {
        const { value, done } = await this.#output.next();
        if (done) return void this.#ended();
        if (value.stream === "stdout") more = this.push(value.data);
        else if (this.#complaint.length < 2000) {
          this.#complaint += new TextDecoder().decode(value.data);
        }
      }
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#pulling = false;
    }
  }

  #ended(): void {
    if (this.writableEnded) {
      this.push(null);
      this.destroy();
      return;
    }
    const why = this.#complaint.trim().split("\n")[0];
    this.destroy(connectionLost(why));
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#exec.raw.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#exec.closeStdin();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.readyState = "closed";
    void this.#exec[Symbol.asyncDispose]();
    done(error);
  }
}

/** The error of a session that somebody else ended. */
export function connectionLost(why?: string): OakumError {
  return new OakumError(
    "connection-lost",
    "failed",
    `The connection to the database server ended${why ? `: ${why}` : "."}`,
    { hint: "Is the server running? Look at its log: docker logs, or oakum doctor." },
  );
}
