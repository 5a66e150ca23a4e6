import { createHash } from "node:crypto";
import { unpackTar } from "modern-tar";
import type { CommandHost } from "../../docker/run.ts";
import type { Revision } from "../../migrators/alembic/revisions.ts";

const LIMIT = 2 ** 20;

/** The text of a revision's file in the app's container; null where it cannot be had as it was. */
export async function readSource(
  { engine, id }: CommandHost,
  { path, sha256 }: Revision,
): Promise<string | null> {
  const archive = await engine.getArchive(id, path).catch(() => undefined);
  if (!archive) return null;
  const entries = await unpackTar(ReadableStream.from(archive), {
    filter: ({ type, size }) => type === "file" && size <= LIMIT,
  });
  const data = entries[0]?.data;
  if (!data || createHash("sha256").update(data).digest("hex") !== sha256) return null;
  return new TextDecoder().decode(data);
}
