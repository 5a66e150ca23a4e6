import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { messageOf, OakumError } from "../core/errors.ts";
import type { Output } from "../docker/frames.ts";
import type { Line } from "./tls_line.ts";

/** The code of a CancelRequest, which the server answers by closing (PostgreSQL, "Message Formats"). */
const CANCEL_REQUEST = 80877102;

/**
 * A relay's stdin and stdout as the socket that postgres.js wants. It sends its farewell only while
 * `readyState` is `open`.
 *
 * When the connection is lost, this says `error` at once, but `close` only after its pool has ended:
 * on `close` postgres.js forgets its socket, and a held session or a transaction that is used once
 * more would end the whole program. Until then every further write is answered with the error.
 */
export class RelaySocket extends Duplex {
  readyState: "open" | "closed" = "open";
  readonly #exec: Line;
  readonly #output: AsyncGenerator<Output>;
  readonly #onLost: () => Promise<void>;
  #complaint = "";
  #pulling = false;
  #cancels = false;
  #lost: Error | undefined;

  /** `onLost` ends the pool; it is called once, when the connection ends unasked. */
  constructor(exec: Line, onLost: () => Promise<void>) {
    super({ emitClose: false });
    this.#exec = exec;
    this.#output = exec.output();
    this.#onLost = onLost;
  }

  /** Ends the connection for a reason that whoever uses it is to hear. */
  lose(error: Error): void {
    this.destroy(error);
  }

  override _read(): void {
    if (!this.#pulling) void this.#pull();
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      for (let more = true; more;) {
        const { value, done } = await this.#output.next();
        if (done) return this.#ended();
        if (value.stream === "stdout") more = this.push(value.data);
        else if (this.#complaint.length < 2000) {
          this.#complaint += new TextDecoder().decode(value.data);
        }
      }
    } catch (error) {
      this.lose(asLost(error));
    } finally {
      this.#pulling = false;
    }
  }

  #ended(): void {
    if (this.writableEnded || this.#cancels) {
      this.push(null);
      this.destroy();
      return;
    }
    this.lose(connectionLost(this.#complaint.trim().split("\n")[0]));
  }

  /** postgres.js stops listening when its pool ends: an error that comes later ends no program. */
  override emit(event: string | symbol, ...rest: unknown[]): boolean {
    if (event === "error" && this.listenerCount("error") === 0) return false;
    return Reflect.apply(super.emit, this, [event, ...rest]);
  }

  override write(chunk: Buffer, ...rest: unknown[]): boolean {
    const lost = this.#lost;
    if (lost) {
      queueMicrotask(() => this.listenerCount("error") > 0 && this.emit("error", lost));
      return true;
    }
    return Reflect.apply(super.write, this, [chunk, ...rest]);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#cancels ||= chunk.length === 16 && chunk.readUInt32BE(4) === CANCEL_REQUEST;
    this.#exec.raw.write(chunk, (error) => done(error ? asLost(error) : null));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#exec.closeStdin();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.readyState = "closed";
    void this.#exec[Symbol.asyncDispose]();
    if (error) this.#lost = error;
    const over = error ? this.#onLost() : Promise.resolve();
    const close = () => void over.then(() => this.emit("close", error !== null));
    // Never before the error: postgres.js stops listening to it then, and it would be nobody's.
    error ? this.once("error", close) : close();
    done(error);
  }
}

/** A pipe that broke says nothing to people; a reason of ours stays as it is. */
function asLost(error: unknown): OakumError {
  return error instanceof OakumError ? error : connectionLost(messageOf(error), error);
}

function connectionLost(why: string | undefined, cause?: unknown): OakumError {
  return new OakumError(
    "connection-lost",
    "failed",
    `The connection to the database server ended${why ? `: ${why}` : "."}`,
    {
      hint: "Is the server running, and Docker? Look at its log: docker logs, or oakum doctor.",
      cause,
    },
  );
}
