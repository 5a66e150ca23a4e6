/** The head of an HTTP answer. */
export interface Head {
  readonly statusCode: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const BUFFER = 65536;

/** Reads an HTTP/1.1 answer from a connection. */
export class Reader {
  #rest: Uint8Array = new Uint8Array();

  constructor(private readonly connection: Deno.Conn) {}

  /** What is there, or what comes next; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#rest.length > 0) return this.#take(this.#rest.length);
    const buffer = new Uint8Array(BUFFER);
    const length = await this.connection.read(buffer);
    return length === null ? null : buffer.subarray(0, length);
  }

  async head(): Promise<Head> {
    const [status = "", ...fields] = (await this.#until("\r\n\r\n")).split("\r\n");
    const headers = fields.map((field) => {
      const [name = "", ...value] = field.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    });
    return { statusCode: Number(status.split(" ")[1]), headers: Object.fromEntries(headers) };
  }

  async *body({ statusCode, headers }: Head): AsyncGenerator<Uint8Array> {
    if (statusCode === 204 || statusCode === 304) return;
    if (headers["transfer-encoding"] === "chunked") return yield* this.#chunks();
    const length = headers["content-length"];
    if (length !== undefined) return yield* this.#exactly(Number(length));
    for (let data = await this.next(); data; data = await this.next()) yield data;
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const size = parseInt(await this.#until("\r\n"), 16);
      yield* this.#exactly(size);
      await this.#until("\r\n");
      if (size === 0) return;
    }
  }

  async *#exactly(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const data = await this.#some();
      const part = data.subarray(0, left);
      this.#rest = data.subarray(left);
      left -= part.length;
      yield part;
    }
  }

  /** The text before a mark; the mark is taken too. */
  async #until(mark: string): Promise<string> {
    for (;;) {
      const at = new TextDecoder("latin1").decode(this.#rest).indexOf(mark);
      if (at >= 0) {
        return new TextDecoder("latin1").decode(this.#take(at + mark.length)).slice(0, at);
      }
      const before = this.#take(this.#rest.length);
      const more = await this.#some();
      this.#rest = new Uint8Array([...before, ...more]);
    }
  }

  async #some(): Promise<Uint8Array> {
    const data = await this.next();
    if (data === null) throw new Error("The engine closed the connection in the middle.");
    return data;
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}
