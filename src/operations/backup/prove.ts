import { createHash } from "node:crypto";
import { OakumError } from "../../core/errors.ts";
import type { DumpFormat } from "../../postgres/dump.ts";
import { fullRead } from "../../postgres/full_read.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Context } from "../context.ts";

/** A finished dump on disk, as it was hashed on its way there. */
export interface DumpOnDisk {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly form: DumpFormat;
}

/** Reads the dump back from the disk, once: its hash and a full read as a restore would do it. */
export async function proveByReading(
  context: Context,
  session: ServerSession,
  dump: DumpOnDisk,
): Promise<void> {
  const hash = createHash("sha256");
  await fullRead(session, readBack(context, dump, hash), dump.form, context.signal);
  const found = hash.digest("hex");
  if (found === dump.sha256) return;
  throw new OakumError(
    "dump-damaged",
    "finding",
    "The dump on the disk is not what was written to it.",
    {
      hint: "The disk or its file system is damaged. Choose another folder with --dir.",
      data: { path: dump.path, expected: dump.sha256, found },
    },
  );
}

async function* readBack(
  context: Context,
  dump: DumpOnDisk,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(dump.path);
  let bytes = 0;
  for (;;) {
    // A new buffer each time: the write to Docker may still hold the last one.
    const buffer = new Uint8Array(256 * 1024);
    const n = await file.read(buffer);
    if (n === null) return;
    const chunk = buffer.subarray(0, n);
    hash.update(chunk);
    bytes += n;
    context.emit({ type: "progress", step: "verify", bytes, expectedBytes: dump.bytes });
    yield chunk;
  }
}
