import type { RequestOptions } from "node:http";
import { Duplex, Readable, Writable } from "node:stream";
import { Reader } from "./reader.ts";

/**
 * An HTTP request over a connection of its own. The `node:http` of Deno 2.6 fails at the answer 101,
 * and an answer that is not read to its end becomes an error that nobody can catch.
 */
export class PlainRequest extends Writable {
  readonly #options: RequestOptions;
  #connection: Promise<Deno.Conn> | undefined;

  constructor(options: RequestOptions) {
    // The connection outlives the request that was written to it.
    super({ autoDestroy: false });
    this.#options = options;
    options.signal?.addEventListener("abort", () => this.destroy(options.signal?.reason));
  }

  /** Nobody needs it here. */
  setTimeout(): this {
    return this;
  }

  override _write(data: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#send(this.#chunked ? asChunk(data) : [data]).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#send(this.#chunked ? [encode("0\r\n\r\n")] : []).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection?.then(close, () => {});
    done(error);
  }

  get #headers(): Record<string, string> {
    const own = this.#options.headers as Record<string, string>;
    return { Host: "docker", Connection: "close", ...own };
  }

  get #chunked(): boolean {
    return this.#headers["Transfer-Encoding"] === "chunked";
  }

  async #send(parts: readonly Uint8Array[]): Promise<void> {
    this.#connection ??= this.#open();
    const connection = await this.#connection;
    for (const part of parts) await writeAll(connection, part);
  }

  async #open(): Promise<Deno.Conn> {
    const { socketPath, hostname, port, method, path } = this.#options;
    const connection = socketPath
      ? await Deno.connect({ transport: "unix", path: socketPath })
      : await Deno.connect({ hostname: hostname ?? "127.0.0.1", port: Number(port) });
    const fields = Object.entries(this.#headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await writeAll(connection, encode(`${method} ${path} HTTP/1.1\r\n${fields.join("")}\r\n`));
    this.#receive(connection).catch((error) => this.destroy(error));
    return connection;
  }

  async #receive(connection: Deno.Conn): Promise<void> {
    const reader = new Reader(connection);
    const head = await reader.head();
    if (head.statusCode === 101) {
      this.emit("upgrade", head, upgraded(connection, reader), new Uint8Array());
    } else {
      this.emit("response", Object.assign(answer(connection, reader.body(head)), head));
    }
  }
}

function answer(connection: Deno.Conn, body: AsyncGenerator<Uint8Array>): Readable {
  return new Readable({
    read() {
      body.next().then(
        ({ value, done }) => this.push(done ? null : value),
        (error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      close(connection);
      done(error);
    },
  });
}

/** The connection after its upgrade: each side ends on its own. */
function upgraded(connection: Deno.Conn, reader: Reader): Duplex {
  return new Duplex({
    read() {
      reader.next().then((data) => this.push(data), (error) => this.destroy(error));
    },
    write(data: Uint8Array, _encoding, done) {
      writeAll(connection, data).then(() => done(), done);
    },
    final(done) {
      connection.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      close(connection);
      done(error);
    },
  });
}

function asChunk(data: Uint8Array): Uint8Array[] {
  return data.length === 0 ? [] : [encode(`${data.length.toString(16)}\r\n`), data, encode("\r\n")];
}

async function writeAll(connection: Deno.Conn, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await connection.write(data.subarray(at));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
