import { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import { messageOf, OakumError } from "../core/errors.ts";
import type { RunningExec } from "../docker/exec.ts";
import type { Output } from "../docker/frames.ts";

/** What joins us to a server: what it says comes in pieces, complaints of the relay among them. */
export interface Line extends AsyncDisposable {
  output(): AsyncGenerator<Output>;
  readonly raw: Pick<Duplex, "write">;
  closeStdin(): void;
}

/** The code of an SSLRequest, which the server answers by one byte (PostgreSQL, "Message Formats"). */
const SSL_REQUEST = new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]);
const PATIENCE_MS = 20_000;
const YES = "S".charCodeAt(0);

/**
 * A relay's streams behind TLS, for a server that takes nothing else. Nobody is between the two: the
 * sidecar is in the server's own network, so its certificate is not looked at.
 */
export class TlsLine implements Line {
  private constructor(
    private readonly exec: RunningExec,
    private readonly tls: TLSSocket,
    private readonly pipe: RelayPipe,
  ) {}

  static async open(exec: RunningExec): Promise<TlsLine> {
    const pipe = new RelayPipe(exec);
    let silent = false;
    // A server that was stopped takes the connection and never says a word.
    const patience = setTimeout(() => {
      silent = true;
      exec[Symbol.asyncDispose]().catch(() => {}); // Whoever waits hears that it ended.
    }, PATIENCE_MS);
    try {
      await exec.write(SSL_REQUEST);
      if (await pipe.first() !== YES) throw noTls();
      const tls = connect({ socket: pipe, rejectUnauthorized: false });
      // What goes wrong, whoever reads is told; it must not end the program.
      tls.on("error", () => {});
      await new Promise<void>((resolve, reject) => {
        tls.once("secureConnect", resolve);
        tls.once("error", reject);
        tls.once("close", () => reject(noTls(pipe.complaint)));
      });
      return new TlsLine(exec, tls, pipe);
    } catch (error) {
      await exec[Symbol.asyncDispose]();
      if (silent) throw noAnswer();
      throw error instanceof OakumError ? error : noTls(messageOf(error));
    } finally {
      clearTimeout(patience);
    }
  }

  async *output(): AsyncGenerator<Output> {
    try {
      for await (const data of this.tls) yield { stream: "stdout", data };
    } catch (error) {
      // Why the relay's own stream ended says more than that TLS broke off.
      throw this.pipe.errored ?? error;
    }
    const data = new TextEncoder().encode(this.pipe.complaint);
    if (data.length > 0) yield { stream: "stderr", data };
  }

  get raw(): TLSSocket {
    return this.tls;
  }

  closeStdin(): void {
    this.tls.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tls.destroy();
    await this.exec[Symbol.asyncDispose]();
  }
}

/** A relay's stdin and stdout as the stream that TLS goes through. */
class RelayPipe extends Duplex {
  complaint = "";
  readonly #exec: RunningExec;
  readonly #output: AsyncGenerator<Output>;
  #pulling = false;

  constructor(exec: RunningExec) {
    super();
    this.#exec = exec;
    this.#output = exec.output();
    this.on("error", () => {});
  }

  /** The first byte that comes; undefined where none does. */
  async first(): Promise<number | undefined> {
    return (await this.#next())?.[0];
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { value, done } = await this.#output.next();
      if (done) return undefined;
      if (value.stream === "stdout") return value.data;
      if (this.complaint.length < 2000) this.complaint += new TextDecoder().decode(value.data);
    }
  }

  override _read(): void {
    if (!this.#pulling) void this.#pull();
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      for (let more = true; more;) {
        const data = await this.#next();
        // The chunk is the engine's buffer, which is used anew.
        more = this.push(data === undefined ? null : Uint8Array.from(data)) && data !== undefined;
      }
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#pulling = false;
    }
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    this.#exec.raw.write(chunk, (error) => done(error ?? null));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#exec.closeStdin();
    done();
  }
}

function noAnswer(): OakumError {
  return new OakumError(
    "tls-silent",
    "refused",
    `The server did not answer the wish for TLS within ${PATIENCE_MS / 1000} s.`,
    { hint: "Is it stopped or overloaded? Look at its log: docker logs" },
  );
}

function noTls(said?: string): OakumError {
  return new OakumError(
    "no-tls",
    "refused",
    `The server does not speak TLS${said ? `: ${said}` : "."}`,
    { hint: "See its setting: ssl" },
  );
}
