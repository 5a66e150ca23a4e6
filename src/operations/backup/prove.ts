import { createHash } from "node:crypto";
import { readOwnInPlace } from "../../backups/read_dump.ts";
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
  { path, bytes: expectedBytes }: DumpOnDisk,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  const tell = (bytes: number) =>
    context.emit({ type: "progress", step: "verify", bytes, expectedBytes });
  for await (const chunk of readOwnInPlace(path, tell)) {
    hash.update(chunk);
    yield chunk;
  }
}
