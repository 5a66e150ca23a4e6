import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { OakumError } from "../../../src/core/errors.ts";
import type { Manifest } from "../../../src/backups/manifest.ts";
import { parseManifest, readManifest, updateManifest } from "../../../src/backups/manifest_file.ts";
import { prettyJson, sealed, sealOf } from "../../../src/backups/seal.ts";
import {
  bytes,
  lockTarget,
  manifestOf,
  namesIn,
  obligation,
  rejected,
  store,
  tempDir,
} from "./support.ts";

const ID = "db_backup_20261122_143914";
const WHOLE = sealed(manifestOf(ID));

function codeOf(content: Uint8Array): string {
  try {
    parseManifest(content, "m.json");
  } catch (thrown) {
    if (thrown instanceof OakumError) return thrown.code;
    throw thrown;
  }
  return "none";
}

/** A manifest with members that the schema does not allow, under a seal that is right. */
function forged(change: Record<string, unknown>): Uint8Array {
  const content = { ...manifestOf(ID), ...change };
  return bytes(prettyJson({ ...content, seal: sealOf(content) }));
}

obligation("parseManifest() reads back what sealed() wrote", () => {
  assert.deepEqual(parseManifest(WHOLE, "m.json"), manifestOf(ID));
});

obligation("parseManifest() detects any byte that was flipped", () => {
  const at = fc.integer({ min: 0, max: WHOLE.length - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (index, mask) => {
      const flipped = WHOLE.slice();
      flipped[index]! ^= mask;
      assert.notEqual(codeOf(flipped), "none");
    }),
    { numRuns: 2000 },
  );
});

obligation("parseManifest() detects every place at which a manifest can be cut", () => {
  for (let end = 0; end < WHOLE.length; end++) {
    assert.notEqual(codeOf(WHOLE.subarray(0, end)), "none", `cut at ${end}`);
  }
});

obligation("parseManifest() tells its troubles apart", () => {
  const text = new TextDecoder().decode(WHOLE);
  const cases: [string, string, Uint8Array][] = [
    ["not JSON", "manifest-damaged", bytes(text.slice(0, -10))],
    ["not UTF-8", "manifest-damaged", new Uint8Array([...WHOLE, 0xff])],
    ["not an object", "manifest-damaged", bytes("[]\n")],
    ["no seal", "manifest-shape", bytes("{}\n")],
    ["edited by hand", "manifest-changed", bytes(text.replace('"rows": 900', '"rows": 901'))],
    ["a member added", "manifest-changed", bytes(text.replace("{", '{ "x": 1,'))],
    ["a member twice", "manifest-changed", bytes(text.replace("{", '{\n  "manifest": 1,'))],
    ["formatted anew", "manifest-changed", bytes(JSON.stringify(JSON.parse(text)))],
    ["a byte order mark", "manifest-damaged", bytes("\ufeff" + text)],
    ["an unknown member", "manifest-shape", forged({ extra: 1 })],
    ["a wrong type", "manifest-shape", forged({ largeObjects: "many" })],
    [
      "a path as file",
      "manifest-shape",
      forged({ globals: { ...manifestOf(ID).globals, file: "../x" } }),
    ],
    ["a newer oakum's", "manifest-newer", forged({ manifest: 2 })],
  ];
  for (const [what, code, content] of cases) assert.equal(codeOf(content), code, what);
});

obligation("parseManifest() says in a sentence what is wrong and where", () => {
  assert.throws(() => parseManifest(forged({ largeObjects: -1 }), "/b/m.json"), (thrown) => {
    assert.ok(thrown instanceof OakumError);
    assert.match(thrown.message, /^"\/b\/m\.json" is no manifest .* at "largeObjects"\.$/);
    assert.equal(thrown.outcome, "refused");
    return true;
  });
});

async function readAs(name: string, manifest: Manifest): Promise<string> {
  await using temp = await tempDir();
  const path = join(temp.path, name);
  await Deno.writeFile(path, sealed(manifest));
  const error = await rejected(readManifest(path), "manifest-misplaced");
  return `${error.message} ${error.hint}`;
}

obligation("readManifest() refuses one that has another backup's name", async () => {
  const text = await readAs("db_backup_20200101_000000.json", manifestOf(ID));
  assert.match(text, /is the manifest of "db_backup_20261122_143914"/);
});

obligation("readManifest() refuses one that speaks for another backup's files", async () => {
  const own = manifestOf(ID);
  const other = "db_backup_20200101_000000";
  await readAs(`${ID}.json`, { ...own, dump: { ...own.dump, file: `${other}.dump` } });
  await readAs(`${ID}.json`, { ...own, dump: { ...own.dump, file: `${ID}.sql` } });
  await readAs(`${ID}.json`, {
    ...own,
    globals: { ...own.globals!, file: `${other}.globals.sql` },
  });
});

obligation("readManifest() names the file that cannot be read", async () => {
  await using temp = await tempDir();
  const error = await rejected(readManifest(join(temp.path, "none.json")), "file-access");
  assert.match(error.message, /none\.json": it does not exist/);
});

obligation("updateManifest() changes what was asked, seals again and keeps the rest", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const before = await store(folder, { facts: { suspect: ["It has 1 tables; there were 9."] } });
  const pinned = { at: "2026-11-23T08:00:00Z", note: "before the move" };
  const after = await updateManifest(folder, before.id, { pinned, suspect: [] });
  assert.deepEqual(after, { ...before, pinned, suspect: [] });
  const path = join(folder.path, `${before.id}.json`);
  assert.deepEqual(await readManifest(path), after);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
});

obligation("updateManifest() refuses to seal what somebody else has edited", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const { id } = await store(folder);
  const path = join(folder.path, `${id}.json`);
  const edited = (await Deno.readTextFile(path)).replace('"largeObjects": 0', '"largeObjects": 1');
  await Deno.writeTextFile(path, edited);
  await rejected(updateManifest(folder, id, { pinned: null }), "manifest-changed");
  assert.equal(await Deno.readTextFile(path), edited);
  assert.deepEqual((await namesIn(folder.path)).filter((name) => name.startsWith(".oakum")), []);
});
