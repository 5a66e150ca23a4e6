import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { listFolder } from "../../../src/backups/list.ts";
import { readManifest } from "../../../src/backups/manifest_file.ts";
import { sweep } from "../../../src/backups/sweep.ts";
import { openDump } from "../../../src/backups/write.ts";
import { watchFiles } from "./faults.ts";
import {
  bytes,
  facts,
  lockTarget,
  namesIn,
  neverLeft,
  obligation,
  rejected,
  replaced,
  shopFolder,
  store,
  systemError,
  TARGET,
  tempDir,
  tmpfs,
} from "./support.ts";

const OPTIONS = {
  takenAt: new Date("2026-11-22T14:39:14Z"),
  format: "custom",
  compression: "zstd:1",
} as const;
const ID = "db_backup_20261122_143914";
const FILES = [`${ID}.dump`, `${ID}.globals.sql`, `${ID}.json`];

obligation("publish() makes dump, globals and manifest appear under their own names", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const manifest = await store(folder, { content: "PGDMP…", globals: "CREATE ROLE shop;\n" });
  assert.deepEqual(await namesIn(folder.path), [".lock", ...FILES]);
  const sha256 = createHash("sha256").update("PGDMP…").digest("hex");
  const file = `${ID}.dump`;
  assert.deepEqual(manifest.dump, { ...OPTIONS_DUMP, file, bytes: bytes("PGDMP…").length, sha256 });
  assert.deepEqual(await readManifest(join(folder.path, `${ID}.json`)), manifest);
  for (const name of FILES) {
    assert.equal((await Deno.stat(join(folder.path, name))).mode! & 0o777, 0o600, name);
  }
});

const OPTIONS_DUMP = { format: "custom", compression: "zstd:1" };

obligation("publish() needs no globals", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  assert.equal((await store(folder, { globals: null })).globals, null);
  assert.deepEqual(await namesIn(folder.path), [".lock", `${ID}.dump`, `${ID}.json`]);
});

obligation("openDump() never shares a name with an older backup of the same second", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await store(folder, { content: "first" });
  assert.equal((await store(folder, { content: "second" })).id, `${ID}_2`);
  assert.equal(await Deno.readTextFile(join(folder.path, `${ID}.dump`)), "first");
});

obligation("publish() forces each step to the disk before the next one begins", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await using dump = await openDump(folder, OPTIONS);
  await dump.write(bytes("PGDMP"));
  const calls: string[] = [];
  using _watch = watchFiles((_, call) => {
    const [name, path = ""] = call.split(" ");
    if (name === "open") calls.push(path === folder.path ? "open folder" : "open file");
    if (name === "sync" || name === "write") calls.push(name);
    if (name === "link") calls.push(path.endsWith(".dump") ? "link dump" : "link manifest");
  });
  await dump.finish();
  await dump.publish(facts());
  const expected = "write, sync, open file, write, sync, open folder, sync, link dump, " +
    "open folder, sync, link manifest, open folder, sync";
  assert.equal(calls.slice(0, 13).join(", "), expected);
});

obligation("write() keeps every byte in order, whatever the sizes of the chunks", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await using dump = await openDump(folder, OPTIONS);
  const hash = createHash("sha256");
  let sum = 0;
  for (const size of [0, 1, 262_143, 1, 262_144, 262_145, 700_000, 3]) {
    const chunk = new Uint8Array(size).map((_, at) => (at * 7 + size) % 251);
    hash.update(chunk);
    await dump.write(chunk);
    chunk.fill(0); // The caller may use its buffer again.
    assert.equal(dump.bytes, sum += size);
  }
  const sha256 = hash.digest("hex");
  assert.deepEqual(await dump.finish(), { bytes: sum, sha256 });
  const written = await Deno.readFile(dump.temporaryPath);
  assert.equal(createHash("sha256").update(written).digest("hex"), sha256);
});

obligation("openDump() leaves nothing behind when the dump is given up", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  {
    await using dump = await openDump(folder, OPTIONS);
    await dump.write(new Uint8Array(600_000));
    assert.deepEqual((await listFolder(folder.path)).loose, [], "a temporary file is nobody's");
    await dump.finish();
    await dump.writeGlobals(bytes("x"));
  }
  assert.deepEqual(await namesIn(folder.path), [".lock"]);
});

obligation("write() and publish() stop when the signal says so", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const abort = new AbortController();
  {
    await using dump = await openDump(folder, { ...OPTIONS, signal: abort.signal });
    await dump.write(bytes("PGDMP"));
    await dump.finish();
    abort.abort();
    await assert.rejects(dump.write(bytes("more")), { name: "AbortError" });
    await assert.rejects(dump.publish(facts()), { name: "AbortError" });
  }
  assert.deepEqual(await namesIn(folder.path), [".lock"]);
});

obligation("finish() refuses a dump of which nothing came", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await using dump = await openDump(folder, OPTIONS);
  await rejected(dump.finish(), "dump-empty");
  await assert.rejects(dump.publish(facts()), /finished/);
});

obligation("finish() refuses a file that somebody has removed meanwhile", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await using dump = await openDump(folder, OPTIONS);
  await dump.write(new Uint8Array(300_000));
  await Deno.remove(dump.temporaryPath);
  const error = await rejected(dump.finish(), "file-short");
  assert.match(error.message, /has 0 bytes on the disk, and 300000 were written/);
});

obligation("write() says how much came and how much is free when the disk is full", async () => {
  await using disk = await tmpfs(2_000_000);
  await using folder = await lockTarget(disk.path);
  await store(folder, { takenAt: "2026-11-21T03:00:00Z" });
  const before = await namesIn(folder.path);
  {
    await using dump = await openDump(folder, { ...OPTIONS, expectedBytes: 5_000_000 });
    const filling = async () => {
      for (;;) await dump.write(new Uint8Array(65_536));
    };
    const error = await rejected(filling(), "disk-full");
    assert.match(error.message, /^The disk is full: \d\.\d MB of the dump had come, .* left in/);
    assert.match(error.message, /the backup before this one took 5\.0 MB/);
    assert.ok(Number(error.data.received) > 1_500_000);
  }
  assert.deepEqual(await namesIn(folder.path), before, "older backups, and nothing else");
});

obligation("publish() takes everything back when the manifest does not fit", async () => {
  await using disk = await tmpfs(1_000_000);
  await using folder = await lockTarget(disk.path);
  {
    await using dump = await openDump(folder, OPTIONS);
    await dump.write(new Uint8Array(990_000));
    await dump.finish();
    const tables = Array.from(
      { length: 2000 },
      (_, n) => ({ schema: "s", name: `t${n}`, rows: n }),
    );
    await rejected(dump.publish(facts({ tables })), "disk-full");
  }
  assert.deepEqual(await namesIn(folder.path), [".lock"]);
});

obligation("publish() never replaces a file, and takes its own back", async () => {
  for (const name of FILES) {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    {
      await using dump = await openDump(folder, OPTIONS);
      await dump.write(bytes("PGDMP"));
      await dump.finish();
      await dump.writeGlobals(bytes("x"));
      await Deno.writeTextFile(join(folder.path, name), "somebody's");
      const error = await rejected(dump.publish(facts()), "path-in-the-way");
      assert.ok(error.message.includes(name), error.message);
    }
    assert.deepEqual(await namesIn(folder.path), [".lock", name]);
    assert.equal(await Deno.readTextFile(join(folder.path, name)), "somebody's");
  }
});

obligation(
  "publish() works on a file system without hard links, and replaces nothing",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    using _fat = replaced("link", () => Promise.reject(systemError("EPERM")));
    await store(folder);
    assert.deepEqual(await namesIn(folder.path), [".lock", ...FILES]);
    await using dump = await openDump(folder, {
      ...OPTIONS,
      takenAt: new Date("2026-11-23T03:00:00Z"),
    });
    await dump.write(bytes("PGDMP"));
    await dump.finish();
    await Deno.writeTextFile(join(folder.path, "db_backup_20261123_030000.json"), "somebody's");
    await rejected(dump.publish(facts()), "path-in-the-way");
    await dump[Symbol.asyncDispose]();
    assert.deepEqual(await namesIn(folder.path), [
      ".lock",
      ...FILES,
      "db_backup_20261123_030000.json",
    ]);
  },
);

obligation(
  "publish() is not misled by a network file system that repeats its own link",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    const link = Deno.link;
    using _nfs = replaced("link", async (from, to) => {
      await link(from, to);
      await link(from, to);
    });
    await store(folder);
    assert.deepEqual(await namesIn(folder.path), [".lock", ...FILES]);
  },
);

for (const errno of ["EIO", "ENOSPC", "EROFS"]) {
  obligation(`taking a backup survives ${errno} at any single file operation`, async () => {
    let injected = 0;
    for (let failAt = 1; injected === failAt - 1; failAt++) {
      await using temp = await tempDir();
      const { failed, call } = await storeWithFault(temp.path, failAt, errno);
      if (call) injected = failAt;
      await assertConsistent(temp.path, failed, `${errno} at ${failAt}, ${call}`);
    }
    assert.ok(injected > 20, `${injected} operations`);
  });
}

/** Takes a second backup, in which one file operation fails once. */
async function storeWithFault(dir: string, failAt: number, errno: string) {
  await using folder = await lockTarget(dir, "faulty");
  await store(folder, { takenAt: "2026-11-21T03:00:00Z" });
  let call = "";
  using _watch = watchFiles((n, what) => {
    if (n !== failAt) return;
    call = what;
    throw systemError(errno);
  });
  const failed = await store(folder).then(() => false, () => true);
  return { failed, call };
}

/** An error leaves the older backup and nothing more; success leaves both; a sweep mends the rest. */
async function assertConsistent(dir: string, failed: boolean, point: string): Promise<void> {
  const path = shopFolder(dir);
  const { backups, loose } = await listFolder(path, TARGET);
  const states = backups.map(({ id, state }) => `${id} ${state}`);
  const old = "db_backup_20261121_030000 good";
  assert.deepEqual(states, failed ? [old] : [`${ID} good`, old], point);
  assert.deepEqual(loose, [], point);
  await using next = await lockTarget(dir, "next");
  await sweep(next, neverLeft);
  const files = await namesIn(path);
  assert.equal(files.length, failed ? 4 : 7, `${point} left ${files}`);
}
