import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { folderHash } from "../../docker/folder_hash.ts";

/** What becomes of the hash of a small folder when something is done to the folder. */
async function hashesAround(change: (path: string) => Promise<void>): Promise<[string, string]> {
  const path = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${path}/inner`);
    await Deno.writeTextFile(`${path}/Dockerfile`, "FROM a\n", { mode: 0o644 });
    await Deno.writeTextFile(`${path}/inner/run #1.sh`, "exit 0\n", { mode: 0o644 });
    const folder = pathToFileURL(`${path}/`);
    const before = await folderHash(folder);
    await change(path);
    return [before, await folderHash(folder)];
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("folderHash() is the same while nothing that goes into an image changes", async () => {
  const [before, after] = await hashesAround(async (path) => {
    await Deno.utime(`${path}/Dockerfile`, 0, 0);
    await Deno.chmod(`${path}/Dockerfile`, 0o600);
  });
  assert.equal(after, before);
});

const CHANGES: Record<string, (path: string) => Promise<void>> = {
  "a file's content": (path) => Deno.writeTextFile(`${path}/inner/run #1.sh`, "exit 1\n"),
  "a file's name": (path) => Deno.rename(`${path}/inner/run #1.sh`, `${path}/inner/run #2.sh`),
  "a file's folder": (path) => Deno.rename(`${path}/inner/run #1.sh`, `${path}/run #1.sh`),
  "an executable bit": (path) => Deno.chmod(`${path}/inner/run #1.sh`, 0o755),
  "a new file": (path) => Deno.writeTextFile(`${path}/inner/new`, ""),
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`folderHash() changes with ${what}`, async () => {
    const [before, after] = await hashesAround(change);
    assert.notEqual(after, before);
  });
}
