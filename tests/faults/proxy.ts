/**
 * Bad luck on the way to Docker: a Unix socket in front of the engine's own, reached through
 * `DOCKER_HOST`. It lets everything through; where a fault is armed, the output of the exec whose
 * command matches stops at a position, and something happens there:
 *
 * ```ts
 * await using proxy = await FaultProxy.start();
 * const engine = await Engine.connect(proxy.environment);
 * proxy.arm({ command: /pg_dump/, at: { stdout: 4096 }, then: "end", exitCode: 0 });
 * ```
 *
 * - `"end"` closes the connection as the engine does at a command's end,
 * - `"stall"` leaves it open and silent until the client closes it (or its stdin),
 * - a function is awaited, then the rest is let through: kill a container there.
 *
 * With `exitCode` the engine's word on the struck exec is replaced: it ended with that code. One
 * fault is armed at a time and strikes once.
 */
import { FrameMeter, type Measure, type Position } from "./meter.ts";

/** What goes wrong, where. */
export interface Fault {
  /** Tried on the JSON text of the exec's command. */
  readonly command: RegExp;
  readonly at: Position;
  readonly then: "end" | "stall" | (() => Promise<unknown>);
  /** What `GET /exec/{id}/json` says from then on. */
  readonly exitCode?: number;
}

const HEAD_END = "\r\n\r\n";
const latin1 = new TextDecoder("latin1");
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A proxy in front of the Docker engine; everything that goes through it ends when it is disposed. */
export class FaultProxy implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #open = new Set<Deno.UnixConn>();
  #fault: Fault | undefined;
  #refusal: { readonly path: RegExp; readonly message: string } | undefined;
  #silence: { readonly path: RegExp; readonly met: () => void } | undefined;
  /** The commands of execs, by their id. */
  readonly #commands = new Map<string, string>();
  readonly #exitCodes = new Map<string, number>();
  #struck = 0;
  #last: FrameMeter | undefined;

  private constructor(private readonly folder: string, private readonly engine: string) {
    this.#listener = Deno.listen({ transport: "unix", path: `${folder}/docker.sock` });
    void this.#accept();
  }

  /** Listens on a socket of its own; `engine` is the path of the engine's. */
  static async start(engine = enginePath()): Promise<FaultProxy> {
    return new FaultProxy(await Deno.makeTempDir({ prefix: "oakum-fault-" }), engine);
  }

  /** What leads a program to this proxy. */
  get environment(): { DOCKER_HOST: string } {
    return { DOCKER_HOST: `unix://${this.folder}/docker.sock` };
  }

  /** How often a fault has struck. */
  get struck(): number {
    return this.#struck;
  }

  /** What went by of the exec that matched last. */
  get last(): Measure {
    return this.#last?.measure ?? { bytes: 0, frames: 0, stdout: 0 };
  }

  arm(fault: Fault): void {
    this.#fault = fault;
  }

  /** From here on requests to matching paths fail in the engine, with a message of its own. */
  refuse(path: RegExp, message: string): void {
    this.#refusal = { path, message };
  }

  /** From here on requests to matching paths have no answer; resolves when the first has come. */
  silence(path: RegExp): Promise<void> {
    return new Promise((met) => this.#silence = { path, met });
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#open.add(client);
      this.#serve(client).catch(() => {}).finally(() => this.#close(client));
    }
  }

  /** One request a connection: the engine is told to close it, so nothing else need be understood. */
  async #serve(client: Deno.UnixConn): Promise<void> {
    const { head, rest } = await readHead(client);
    if (head === "") return;
    const server = await Deno.connect({ transport: "unix", path: this.engine });
    this.#open.add(server);
    try {
      const [method = "", path = ""] = head.split(" ");
      const exec = /\/exec\/([0-9a-f]+)\/(start|json)$/.exec(path);
      if (method === "POST" && /\/containers\/[^/]+\/exec$/.test(path)) {
        await this.#create(client, server, head, rest);
      } else if (exec?.[2] === "start" && this.#matches(exec[1]!)) {
        await this.#tamper(client, server, exec[1]!, head, rest);
      } else if (this.#silence?.path.test(path)) {
        this.#silence.met();
        await readSome(client);
      } else if (this.#refusal?.path.test(path)) {
        await writeAll(client, bytesOf(serverError(this.#refusal.message)));
      } else if (exec?.[2] === "json" && this.#exitCodes.has(exec[1]!)) {
        await this.#answer(client, server, head, this.#exitCodes.get(exec[1]!)!);
      } else {
        await passOn(client, server, head, rest);
      }
    } finally {
      this.#close(server);
    }
  }

  #matches(id: string): boolean {
    return this.#fault?.command.test(this.#commands.get(id) ?? "") ?? false;
  }

  /** Creating an exec: remembers which command the engine's id stands for. */
  async #create(client: Deno.Conn, server: Deno.Conn, head: string, rest: Uint8Array) {
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    let body = rest;
    while (body.length < length) body = joined(body, await readSome(client));
    await writeAll(server, bytesOf(closing(head)), body);
    const answer = await readToEnd(server);
    const id = /"Id":"([0-9a-f]+)"/.exec(latin1.decode(answer))?.[1];
    const { Cmd } = JSON.parse(new TextDecoder().decode(body));
    if (id) this.#commands.set(id, JSON.stringify(Cmd));
    await writeAll(client, answer);
  }

  async #tamper(
    client: Deno.Conn,
    server: Deno.Conn,
    id: string,
    head: string,
    rest: Uint8Array,
  ): Promise<void> {
    const fault = this.#fault!;
    const meter = this.#last = new FrameMeter(fault.at);
    await writeAll(server, bytesOf(head), rest);
    const upstream = pump(client, server);
    const answer = await readHead(server);
    await writeAll(client, bytesOf(answer.head));
    for (let chunk = answer.rest;; chunk = await readSome(server)) {
      const cut = this.#fault === fault ? meter.push(chunk) : (meter.push(chunk), undefined);
      if (cut === undefined) await writeAll(client, chunk);
      else {
        await writeAll(client, chunk.subarray(0, cut));
        if (!await this.#strike(fault, id, upstream)) return;
        await writeAll(client, chunk.subarray(cut));
      }
      if (chunk.length === 0 && chunk !== answer.rest) break;
    }
    client.close();
    await upstream;
  }

  /** Does what the fault says; answers whether the stream goes on. */
  async #strike(fault: Fault, id: string, clientGone: Promise<void>): Promise<boolean> {
    this.#fault = undefined;
    this.#struck++;
    if (fault.exitCode !== undefined) this.#exitCodes.set(id, fault.exitCode);
    if (typeof fault.then === "function") {
      await fault.then();
      return true;
    }
    if (fault.then === "stall") await clientGone;
    return false;
  }

  /** The engine's answer about an exec, but that it has ended with a code of ours. */
  async #answer(client: Deno.Conn, server: Deno.Conn, head: string, code: number): Promise<void> {
    // An answer to HTTP/1.0 is never chunked.
    await writeAll(server, bytesOf(closing(head).replace("HTTP/1.1", "HTTP/1.0")));
    const text = new TextDecoder().decode(await readToEnd(server));
    const body = text.slice(text.indexOf(HEAD_END) + HEAD_END.length);
    const said = JSON.stringify({ ...JSON.parse(body), Running: false, ExitCode: code });
    const answer = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Connection: close"];
    const length = `Content-Length: ${new TextEncoder().encode(said).length}`;
    await writeAll(client, bytesOf([...answer, length].join("\r\n") + HEAD_END));
    await writeAll(client, new TextEncoder().encode(said));
  }

  #close(connection: Deno.UnixConn): void {
    if (!this.#open.delete(connection)) return;
    try {
      connection.close();
    } catch { /* It is closed already. */ }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    await Deno.remove(this.folder, { recursive: true });
  }
}

function enginePath(): string {
  return /^unix:\/\/(.*)$/.exec(Deno.env.get("DOCKER_HOST") ?? "")?.[1] ?? "/var/run/docker.sock";
}

function closing(head: string): string {
  const others = head.slice(0, -HEAD_END.length).split("\r\n").filter((line) =>
    !/^connection:/i.test(line)
  );
  return [...others, "Connection: close"].join("\r\n") + HEAD_END;
}

async function passOn(client: Deno.Conn, server: Deno.Conn, head: string, rest: Uint8Array) {
  const upgrade = /^upgrade:/im.test(head);
  await writeAll(server, bytesOf(upgrade ? head : closing(head)), rest);
  const upstream = pump(client, server);
  await pump(server, client);
  client.close();
  await upstream;
}

/** Copies until the end, then closes the other side's reading half: stdin ends that way. */
async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  try {
    for (let chunk = await readSome(from); chunk.length > 0; chunk = await readSome(from)) {
      await writeAll(to, chunk);
    }
    await to.closeWrite();
  } catch { /* One of the two is gone; the other direction notices by itself. */ }
}

async function readHead(connection: Deno.Conn): Promise<{ head: string; rest: Uint8Array }> {
  let seen = new Uint8Array(0);
  for (;;) {
    const end = latin1.decode(seen).indexOf(HEAD_END);
    if (end >= 0) {
      const cut = end + HEAD_END.length;
      return { head: latin1.decode(seen.subarray(0, cut)), rest: seen.subarray(cut) };
    }
    const chunk = await readSome(connection);
    if (chunk.length === 0) return { head: "", rest: seen };
    seen = joined(seen, chunk);
  }
}

async function readToEnd(connection: Deno.Conn): Promise<Uint8Array> {
  let all = new Uint8Array(0);
  for (let chunk = await readSome(connection); chunk.length > 0;) {
    all = joined(all, chunk);
    chunk = await readSome(connection);
  }
  return all;
}

async function readSome(connection: Deno.Conn): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(65_536);
  return buffer.subarray(0, await connection.read(buffer) ?? 0);
}

async function writeAll(connection: Deno.Conn, ...chunks: Uint8Array[]): Promise<void> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) at += await connection.write(chunk.subarray(at));
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function serverError(message: string): string {
  const body = JSON.stringify({ message });
  return `HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}
