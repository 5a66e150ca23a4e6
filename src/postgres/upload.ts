import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { createTarPacker } from "modern-tar";
import { openFile } from "../backups/open_file.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { inContainer } from "../docker/gone.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";

/** A file of the host that is wanted in a container, byte for byte. */
export interface UploadSource {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const CHUNK = 128 * 1024;
const FOLDER = "/tmp";
/** How long an engine may take to hear that no more comes. */
const PATIENCE_MS = 5_000;

/**
 * Copies a file into a container in constant memory and has its SHA-256 computed there: what is
 * restored is what was written, or nothing is. Answers with its path in the container.
 */
export async function upload(
  host: CommandHost,
  source: UploadSource,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const name = `oakum-${source.sha256.slice(0, 12)}`;
  const { path: from, bytes } = source;
  await send(host, [{ name, path: from, bytes, open: () => openFile(from) }], onBytes, signal);
  const path = posix.join(FOLDER, name);
  const { code, stdout, stderr } = await inContainer(
    host,
    runCommand(host, { cmd: ["sha256sum", path] }, signal),
  );
  if (code !== 0) throw new Error(`sha256sum of "${path}" failed: ${stderr || `exit ${code}`}`);
  const found = stdout.split(/\s/)[0];
  if (found === source.sha256) return path;
  throw new OakumError(
    "upload-damaged",
    "failed",
    `"${source.path}" arrived in the container with another SHA-256 than its manifest says.`,
    {
      hint: `Was the file changed meanwhile? Check it: oakum verify ${shellWord(source.path)}`,
      data: { path: source.path, expected: source.sha256, found },
    },
  );
}

/** A file of the host, and what it is to be called in the container. */
interface Sent {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly open: () => Promise<Deno.FsFile>;
}

/**
 * Copies the files of a folder that is not oakum's into a container, also those to which a tool such
 * as rsnapshot has given a second name; answers with the folder's path there.
 */
export async function uploadFolder(
  host: CommandHost,
  folder: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const name = `oakum-${crypto.randomUUID().slice(0, 12)}`;
  const files: Sent[] = [];
  for await (const { name: file, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const path = join(folder, file);
    const { size: bytes } = await Deno.stat(path);
    files.push({ name: `${name}/${file}`, path, bytes, open: () => Deno.open(path) });
  }
  await send(host, files, onBytes, signal);
  return posix.join(FOLDER, name);
}

async function send(
  host: CommandHost,
  files: readonly Sent[],
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { readable, controller } = createTarPacker();
  const tar = Readable.from(asFarAsItCame(readable, signal));
  const [uid = 0, gid = 0] = host.user?.split(":").map(Number) ?? [];
  const filling = (async () => {
    let before = 0;
    for (const { name, ...file } of files) {
      const { bytes } = file;
      const header = { name, size: bytes, type: "file" as const, mode: 0o600, uid, gid };
      const writer = controller.add(header).getWriter();
      const told = (sent: number) => onBytes(before + sent);
      for await (const chunk of readFile(file, told)) await writer.write(chunk);
      await writer.close();
      before += bytes;
    }
    controller.finalize();
  })().catch((error) => {
    controller.error(error);
    throw error;
  });
  // An engine that takes nothing any more does not hear of an end either.
  let breaking: ReturnType<typeof setTimeout> | undefined;
  const giveUp = () => breaking = setTimeout(() => tar.destroy(signal.reason), PATIENCE_MS);
  signal.addEventListener("abort", giveUp, { once: true });
  const [filled, sent] = await Promise.allSettled([
    filling,
    inContainer(host, host.engine.putArchive(host.id, FOLDER, tar)),
  ]);
  signal.removeEventListener("abort", giveUp);
  clearTimeout(breaking);
  signal.throwIfAborted();
  if (filled.status === "rejected") throw filled.reason;
  if (sent.status === "rejected") throw sent.reason;
}

/**
 * Ends early, and without an error, where the run or the file does: a request that is broken off in
 * its middle may leave the engine waiting for the rest, with the container locked.
 */
async function* asFarAsItCame(
  tar: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of tar) {
      if (signal.aborted) return;
      yield chunk;
    }
  } catch {
    // Whoever fills it throws the reason.
  }
}

/** The file's chunks; never more of them than the tar's header announced. */
async function* readFile(
  { path, bytes, open }: Omit<Sent, "name">,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  using file = await open();
  for (let sent = 0; sent < bytes;) {
    const buffer = new Uint8Array(Math.min(CHUNK, bytes - sent));
    const read = await file.read(buffer);
    if (read === null) throw shorter(path, sent, bytes);
    yield buffer.subarray(0, read);
    onBytes(sent += read);
  }
}

function shorter(path: string, found: number, expected: number): OakumError {
  return new OakumError(
    "dump-short",
    "failed",
    `"${path}" has ${found} bytes; its manifest says ${expected}.`,
    {
      hint: `Check the backup: oakum verify ${shellWord(path)}`,
      data: { path, found, expected },
    },
  );
}
