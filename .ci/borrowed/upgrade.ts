import { EventEmitter } from "node:events";
import type { RequestOptions } from "node:http";
import { Duplex } from "node:stream";

/** A request with an `Upgrade` header: over a plain socket, since `node:http` fails at the answer 101. */
export class UpgradeRequest extends EventEmitter {
  readonly #options: RequestOptions;
  #sent = false;
  #conn: Deno.Conn | undefined;

  constructor(options: RequestOptions) {
    super();
    this.#options = options;
  }

  setTimeout(): this {
    return this;
  }

  write(body: string): boolean {
    this.#send(body);
    return true;
  }

  end(): void {
    this.#send("");
  }

  destroy(error?: Error): void {
    closeQuietly(this.#conn);
    if (error) this.emit("error", error);
  }

  #send(body: string): void {
    if (this.#sent) return;
    this.#sent = true;
    this.#upgrade(body).catch((error) => this.emit("error", error));
  }

  async #upgrade(body: string): Promise<void> {
    const conn = this.#conn = await dial(this.#options);
    await writeAll(conn, new TextEncoder().encode(requestText(this.#options, body)));
    const head = await readHead(conn);
    const statusCode = Number(head.split(" ", 2)[1]);
    if (statusCode === 101) {
      this.emit("upgrade", { statusCode }, duplex(conn), new Uint8Array());
      return;
    }
    const reason = await readRest(conn);
    const response = new EventEmitter();
    this.emit("response", Object.assign(response, { statusCode }));
    response.emit("data", reason);
    response.emit("end");
  }
}

async function dial({ socketPath, hostname, host, port }: RequestOptions): Promise<Deno.Conn> {
  return socketPath
    ? await Deno.connect({ transport: "unix", path: socketPath })
    : await Deno.connect({ hostname: hostname ?? host ?? "127.0.0.1", port: Number(port) });
}

function requestText({ method, path, headers }: RequestOptions, body: string): string {
  const fields = Object.entries({ Host: "docker", ...headers as Record<string, string> });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** Byte by byte, so that nothing of the stream behind the head is taken. */
async function readHead(conn: Deno.Conn): Promise<string> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    if (await conn.read(byte) === null) throw new Error("The engine closed the connection.");
    head += String.fromCharCode(byte[0] ?? 0);
  }
  return head;
}

async function readRest(conn: Deno.Conn): Promise<Uint8Array> {
  const buffer = new Uint8Array(65536);
  const length = await conn.read(buffer) ?? 0;
  closeQuietly(conn);
  return buffer.subarray(0, length);
}

async function writeAll(conn: Deno.Conn, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await conn.write(data.subarray(at));
}

function duplex(conn: Deno.Conn): Duplex {
  const chunk = new Uint8Array(65536);
  return new Duplex({
    read() {
      conn.read(chunk).then(
        (length) => this.push(length === null ? null : chunk.slice(0, length)),
        (error) => this.destroy(error),
      );
    },
    write(data: Uint8Array, _encoding, done) {
      writeAll(conn, data).then(() => done(), done);
    },
    final(done) {
      conn.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      closeQuietly(conn);
      done(error);
    },
  });
}

function closeQuietly(conn: Deno.Conn | undefined): void {
  try {
    conn?.close();
  } catch {
    // It was closed already.
  }
}
