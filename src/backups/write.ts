import { createHash } from "node:crypto";
import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { size } from "../core/sizes.ts";
import { fileError, isDiskFull } from "./file_error.ts";
import { removeFile, writeNewFile } from "./files.ts";
import { readFolder } from "./folder.ts";
import { HashedFile, type Written } from "./hashed_file.ts";
import type { LockedFolder } from "./lock.ts";
import type { Manifest } from "./manifest.ts";
import { dumpExtension, type DumpForm, freeStem, globalsName, temporaryName } from "./names.ts";
import { publishBackup } from "./publish.ts";
import { freeSpace } from "./space.ts";

/** What the store fills in itself when a dump is published. */
export type DumpFacts = Omit<Manifest, "manifest" | "id" | "dump" | "globals">;

/** What a dump is opened with. */
export interface DumpOptions extends DumpForm {
  /** The instant of the snapshot: it names the files. */
  readonly takenAt: Date;
  /** Bytes of the dump before this one, for the message when the disk is full. */
  readonly expectedBytes?: number;
  readonly signal?: AbortSignal;
}

/** Opens a temporary file for a dump; `await using` removes whatever was not published. */
export async function openDump(folder: LockedFolder, options: DumpOptions): Promise<DumpWriter> {
  const entries = await readFolder(folder.path) ?? [];
  const id = freeStem(options.takenAt, entries.map((entry) => entry.name));
  const name = temporaryName(folder.run, id + dumpExtension(options));
  return new DumpWriter(folder, id, await HashedFile.create(join(folder.path, name)), options);
}

/** A dump on its way to the disk, hashed as it goes; no backup before `publish` has returned. */
export class DumpWriter implements AsyncDisposable {
  readonly #file: HashedFile;
  #dump: Written | undefined;
  #compression: string;
  #globals: Manifest["globals"] = null;

  constructor(
    readonly folder: LockedFolder,
    /** The stem of the backup's file names. */
    readonly id: string,
    file: HashedFile,
    readonly options: DumpOptions,
  ) {
    this.#file = file;
    this.#compression = options.compression;
  }

  /** How it is written; its compression is certain once it is finished. */
  get form(): DumpForm {
    return { format: this.options.format, compression: this.#compression };
  }

  /** The dump's name once it is published. */
  get fileName(): string {
    return this.id + dumpExtension(this.options);
  }

  /** Where the dump lies until it is published. */
  get temporaryPath(): string {
    return this.#file.path;
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /** Takes the next bytes of the dump; one call at a time. */
  async write(chunk: Uint8Array): Promise<void> {
    this.options.signal?.throwIfAborted();
    try {
      await this.#file.write(chunk);
    } catch (thrown) {
      throw await this.#writeError(thrown);
    }
  }

  /**
   * Ends the dump and forces it to the disk, so that it can be read back before it is published.
   * `compression` is what pg_dump took where it was not able to do what the dump was opened with.
   */
  async finish(compression = this.#compression): Promise<Written> {
    this.options.signal?.throwIfAborted();
    this.#compression = compression;
    try {
      this.#dump = await this.#file.finish();
    } catch (thrown) {
      throw await this.#writeError(thrown);
    }
    if (this.#dump.bytes > 0) return this.#dump;
    throw new OakumError("dump-empty", "failed", "The dump is empty: not one byte came.");
  }

  /** Writes the roles and their settings beside the dump. */
  async writeGlobals(content: Uint8Array): Promise<void> {
    const file = globalsName(this.id);
    await writeNewFile(this.#temporary(file), content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    this.#globals = { file, bytes: content.length, sha256 };
  }

  /** Makes dump, globals and manifest a backup, or leaves nothing behind; returns the manifest. */
  async publish(facts: DumpFacts): Promise<Manifest> {
    this.options.signal?.throwIfAborted();
    if (!this.#dump?.bytes) throw new Error("A dump is published only after it was finished");
    const dump = { file: this.fileName, ...this.#dump, ...this.form };
    const manifest: Manifest = { manifest: 1, id: this.id, ...facts, dump, globals: this.#globals };
    await publishBackup(this.folder, manifest);
    return manifest;
  }

  /** Removes the temporary names; a published backup has names of its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#file[Symbol.dispose]();
    for (const file of [this.fileName, globalsName(this.id)]) {
      // What cannot be removed is the next sweep's; the error that led here matters more.
      await removeFile(this.#temporary(file)).catch(() => {});
    }
  }

  #temporary(file: string): string {
    return join(this.folder.path, temporaryName(this.folder.run, file));
  }

  async #writeError(thrown: unknown): Promise<Error> {
    if (!isDiskFull(thrown)) return fileError("write", this.temporaryPath, thrown);
    const { path } = this.folder;
    const { expectedBytes } = this.options;
    const free = await freeSpace(path);
    const before = expectedBytes === undefined
      ? ""
      : `; the backup before this one took ${size(expectedBytes)}`;
    return new OakumError(
      "disk-full",
      "failed",
      `The disk is full: ${size(this.bytes)} of the dump had come, ${size(free)} are left in ` +
        `"${path}"${before}.`,
      {
        hint: "Free some space there, or choose another folder with --dir.",
        data: { path, received: this.bytes, free, expectedBytes: expectedBytes ?? null },
        cause: thrown,
      },
    );
  }
}
