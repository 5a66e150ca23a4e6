import { createGunzip, type Gunzip } from "node:zlib";

/** More zeros than a whole member can end with. */
const PROBED = 64;
const BLOCK = 64 * 1024;

/**
 * Unpacks gzip, of several members too. Zeros behind it are passed over, as gzip does: tapes and tar
 * fill their blocks with them. Anything else there is an error of code `Z_TRAILING`.
 */
export async function* gunzipped(
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const events = new Events(gunzip);
  const feeding = new Feeding(gunzip, events).all(packed).catch((error) => events.fail(error));
  try {
    while (!events.over) {
      const unpacked: Uint8Array | null = gunzip.read();
      if (unpacked) yield unpacked;
      else if (!events.over) await events.next();
    }
    if (events.error === undefined) await feeding;
    if (events.error !== undefined) throw events.error;
  } finally {
    gunzip.destroy();
  }
}

/** What a stream tells; one that stops before its input does is no failure here. */
class Events {
  over = false;
  error: unknown;
  #wake = () => {};

  constructor(gunzip: Gunzip) {
    gunzip.on("readable", () => this.#wake());
    gunzip.on("end", () => this.#end());
    gunzip.on("error", (error) => {
      // Where it has given all, that it is closed with input left is no error.
      if ((error as { code?: string }).code !== "ABORT_ERR") this.fail(error);
    });
    gunzip.on("close", () => this.#wake());
  }

  fail(error: unknown): void {
    this.error ??= error;
    this.#end();
  }

  #end(): void {
    this.over = true;
    this.#wake();
  }

  async next(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

/** Hands packed bytes over; zeros wait until it is known whether they are the last. */
class Feeding {
  #fed = 0;
  #zeros = 0;

  constructor(private readonly gunzip: Gunzip, private readonly events: Events) {}

  async all(packed: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of packed) {
      const end = endOf(chunk);
      if (end > 0) {
        await this.#writeZeros(this.#zeros);
        await this.#write(chunk.subarray(0, end));
        if (this.#left) throw trailing();
      }
      this.#zeros += chunk.length - end;
      if (this.events.error !== undefined) return;
    }
    for (let probed = 0; this.#zeros > 0 && probed < PROBED && !this.#left; probed++) {
      await this.#writeZeros(1);
    }
    if (this.#left) return;
    await this.#writeZeros(this.#zeros);
    this.gunzip.end();
  }

  async #writeZeros(count: number): Promise<void> {
    this.#zeros -= count;
    for (let left = count; left > 0; left -= BLOCK) {
      await this.#write(new Uint8Array(Math.min(left, BLOCK)));
    }
  }

  /** Whether it took less than it was given, since it has come to its end. */
  get #left(): boolean {
    return this.gunzip.bytesWritten < this.#fed;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || this.events.over || this.gunzip.destroyed) return;
    this.#fed += bytes.length;
    await new Promise<void>((resolve) => {
      this.gunzip.once("close", resolve);
      this.gunzip.write(bytes, () => {
        this.gunzip.off("close", resolve);
        resolve();
      });
    });
  }
}

/** Where the zeros begin that a chunk ends with. */
function endOf(chunk: Uint8Array): number {
  let end = chunk.length;
  while (end > 0 && chunk[end - 1] === 0) end--;
  return end;
}

function trailing(): Error {
  return Object.assign(new Error("something else stands behind the compressed data"), {
    code: "Z_TRAILING",
  });
}
