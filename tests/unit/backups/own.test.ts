import assert from "node:assert/strict";
import { join } from "node:path";
import { parseManifest } from "../../../src/backups/manifest_file.ts";
import { manifestName } from "../../../src/backups/names.ts";
import { adoptedFrom, isOwn } from "../../../src/backups/own.ts";
import { facts, lockTarget, manifestOf, obligation, store, tempDir } from "./support.ts";

obligation("isOwn() knows what was adopted, also by a manifest from before it said so", () => {
  const adopted = { file: "seed.sql", writtenAt: null };
  const reason = "before upgrade 4f1c09ab";
  const of = (changes: Parameters<typeof manifestOf>[1]) => isOwn(manifestOf("b", changes));
  assert.deepEqual([of({}), of({ reason }), of({ adopted })], [true, true, false]);
  assert.equal(of({ reason: "adopted seed.sql" }), false);
  assert.equal(of({ reason: "adopted seed.sql", adopted }), false);
  // Nothing may be read into a name or a note of a person.
  assert.equal(of({ note: "adopted from the old server" }), true);
});

obligation("adoptedFrom() believes no time of a manifest that may be the file's", () => {
  const old = manifestOf("b", { reason: "adopted my seed.sql" });
  assert.deepEqual(adoptedFrom(old), { file: "my seed.sql", writtenAt: null });
  assert.equal(adoptedFrom(manifestOf("b")), null);
});

obligation("a manifest keeps where it came from, and one without that still reads", async () => {
  await using dir = await tempDir();
  await using folder = await lockTarget(dir.path);
  const { server } = facts();
  for (const writtenAt of ["2024-02-29T03:15:00Z", "2024-02-29", null]) {
    const adopted = { file: "seed.sql", writtenAt };
    const identified = { ...server, systemIdentifier: "7412345678901234567" };
    const published = await store(folder, { facts: { adopted, server: identified } });
    const path = join(folder.path, manifestName(published.id));
    const read = parseManifest(await Deno.readFile(path), path);
    assert.deepEqual([read.adopted, read.server], [adopted, identified]);
  }
  const plain = await store(folder);
  const path = join(folder.path, manifestName(plain.id));
  assert.equal(parseManifest(await Deno.readFile(path), path).adopted, undefined);
});
