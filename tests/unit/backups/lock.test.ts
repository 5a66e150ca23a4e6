import assert from "node:assert/strict";
import { join } from "node:path";
import { lockFolder, lockFolderPatiently } from "../../../src/backups/lock.ts";
import { clockAt, lockTarget, obligation, rejected, replaced, tempDir, tmpfs } from "./support.ts";

const OPTIONS = {
  run: "r2",
  command: "prune",
  pid: 4711,
  clock: clockAt("2026-11-22T14:44:14Z"),
};

obligation("lockFolder() names the run that holds the lock", async () => {
  await using temp = await tempDir();
  await using held = await lockTarget(temp.path, "r1");
  const error = await rejected(lockFolder(held.path, OPTIONS), "folder-locked");
  assert.equal(error.outcome, "locked");
  assert.match(error.message, /`backup` \(run r1, process \d+, begun 5 minutes ago\)/);
});

obligation("lockFolder() can be taken again after it was given back", async () => {
  await using temp = await tempDir();
  const first = await lockTarget(temp.path, "r1");
  await first[Symbol.asyncDispose]();
  await using second = await lockFolder(first.path, OPTIONS);
  assert.equal(second.run, "r2");
});

obligation(
  "lockFolderPatiently() says once who is waited for, and takes the lock after that run",
  async () => {
    await using temp = await tempDir();
    const first = await lockTarget(temp.path, "r1");
    const said: string[] = [];
    const { signal } = new AbortController();
    const onWait = (why: string) => {
      said.push(why);
      setTimeout(() => first[Symbol.asyncDispose](), 600);
    };
    const patience = { waitMs: 60_000, signal, onWait };
    await using second = await lockFolderPatiently(first.path, OPTIONS, patience);
    assert.equal(second.run, "r2");
    assert.equal(said.length, 1);
    assert.match(said[0]!, /in use by `backup` \(run r1/);
  },
);

obligation("lockFolderPatiently() waits no longer than it was told", async () => {
  await using temp = await tempDir();
  await using held = await lockTarget(temp.path, "r1");
  const { signal } = new AbortController();
  const patience = { waitMs: 0, signal, onWait: () => {} };
  const error = await rejected(lockFolderPatiently(held.path, OPTIONS, patience), "folder-locked");
  assert.equal(error.outcome, "locked");
});

obligation("lockFolder() leaves the lock with no process that is being started", async () => {
  await using temp = await tempDir();
  // For a moment a process that is being started has all open files of the one that starts it.
  const starting = 'for (;;) { new Deno.Command("true").outputSync(); postMessage(0); }';
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(starting)}`, {
    type: "module",
  });
  try {
    await new Promise((resolve) => worker.onmessage = resolve);
    for (let time = 0; time < 300; time++) {
      await using _held = await lockTarget(temp.path);
    }
  } finally {
    worker.terminate();
  }
});

obligation("lockFolder() says that it is locked also where the holder has not signed", async () => {
  await using temp = await tempDir();
  await using held = await lockTarget(temp.path);
  await Deno.truncate(join(held.path, ".lock"));
  assert.match(
    (await rejected(lockFolder(held.path, OPTIONS), "folder-locked")).message,
    /another run/,
  );
});

obligation("lockFolder() is not stopped by the file of a run that was killed", async () => {
  await using temp = await tempDir();
  const first = await lockTarget(temp.path);
  await first[Symbol.asyncDispose]();
  await Deno.writeTextFile(join(first.path, ".lock"), '{"run":"dead","pid":1,"command":"backup"');
  await using _second = await lockFolder(first.path, OPTIONS);
});

obligation("lockFolder() does not follow a link", async () => {
  await using temp = await tempDir();
  const elsewhere = join(temp.path, "elsewhere");
  await Deno.symlink(elsewhere, join(temp.path, ".lock"));
  await rejected(lockFolder(temp.path, OPTIONS), "path-in-the-way");
  await assert.rejects(Deno.lstat(elsewhere), Deno.errors.NotFound);
});

obligation("lockFolder() does not lock a file that somebody has just replaced", async () => {
  await using temp = await tempDir();
  const open = Deno.open;
  let times = 0;
  using _race = replaced("open", async (path, options) => {
    const file = await open(path, options);
    if (++times === 1) await Deno.remove(path);
    return file;
  });
  await using held = await lockFolder(temp.path, OPTIONS);
  assert.equal(times, 2);
  await rejected(lockFolder(held.path, { ...OPTIONS, run: "r3" }), "folder-locked");
});

obligation("lockFolder() works on a full disk, where pruning is what is needed", async () => {
  await using disk = await tmpfs(64 * 1024);
  const lock = await lockTarget(disk.path);
  await lock[Symbol.asyncDispose]();
  using filler = await Deno.open(join(disk.path, "filler"), { write: true, createNew: true });
  await assert.rejects(async () => {
    for (;;) await filler.write(new Uint8Array(4096));
  });
  await using again = await lockTarget(disk.path);
  await rejected(lockFolder(again.path, OPTIONS), "folder-locked");
});

obligation("lockFolder() refuses a read-only file system with path and reason", async () => {
  await using disk = await tmpfs(1_000_000);
  await disk.makeReadOnly();
  const error = await rejected(lockFolder(disk.path, OPTIONS), "file-access");
  assert.match(error.message, /\.lock": the file system is read-only/);
});
