import { createHash } from "node:crypto";
import { OakumError } from "../core/errors.ts";
import { fileError } from "./file_error.ts";
import { createFile, lookup, writeAll } from "./files.ts";

/** Frames from a container are small; writes of this size cost a fraction of many small ones. */
const BUFFER = 256 * 1024;

/** What was written to a file. */
export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/** A new file of mode 0600, written in order and hashed as it goes, in constant memory. */
export class HashedFile implements Disposable {
  readonly #hash = createHash("sha256");
  readonly #buffer = new Uint8Array(BUFFER);
  #buffered = 0;
  #written = 0;
  #file: Deno.FsFile | undefined;

  private constructor(readonly path: string, file: Deno.FsFile) {
    this.#file = file;
  }

  /** Creates the file; never opens one that exists. */
  static async create(path: string): Promise<HashedFile> {
    try {
      return new HashedFile(path, await createFile(path));
    } catch (thrown) {
      throw fileError("write", path, thrown, "refused");
    }
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#written + this.#buffered;
  }

  /** Takes the next bytes; one call at a time. Throws what the system threw. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      const part = rest.subarray(0, BUFFER - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      rest = rest.subarray(part.length);
      if (this.#buffered === BUFFER) await this.#flush();
    }
  }

  /** Forces everything to the disk and closes the file. Throws what the system threw. */
  async finish(): Promise<Written> {
    await this.#flush();
    await this.#file?.sync();
    this[Symbol.dispose]();
    await this.#checkLength();
    return { bytes: this.#written, sha256: this.#hash.digest("hex") };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    if (!this.#file) throw new Error(`"${this.path}" is finished already`);
    const bytes = this.#buffer.subarray(0, this.#buffered);
    this.#hash.update(bytes);
    await writeAll(this.#file, bytes);
    this.#written += bytes.length;
    this.#buffered = 0;
  }

  /** The last word has the disk, whatever the calls before have returned. */
  async #checkLength(): Promise<void> {
    const found = (await lookup(this.path))?.size ?? 0;
    if (found === this.#written) return;
    throw new OakumError(
      "file-short",
      "failed",
      `"${this.path}" has ${found} bytes on the disk, and ${this.#written} were written to it.`,
      { data: { path: this.path, found, written: this.#written } },
    );
  }
}
