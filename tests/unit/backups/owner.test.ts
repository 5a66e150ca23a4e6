import assert from "node:assert/strict";
import { join } from "node:path";
import { appendEntry } from "../../../src/backups/journal.ts";
import { prepareFolder } from "../../../src/backups/folder.ts";
import { giveFolderToOwner, giveToOwner } from "../../../src/backups/owner.ts";
import { replaceFile } from "../../../src/backups/replace.ts";
import { bytes, lockTarget, obligation, store, TARGET, tempDir } from "./support.ts";

const ALICE = { uid: 12345, gid: 23456 };

async function ownersBelow(path: string): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    const { uid, gid } = await Deno.lstat(join(path, name));
    owners.set(join(path, name), `${uid}:${gid}`);
    if (isDirectory) { for (const one of await ownersBelow(join(path, name))) owners.set(...one); }
  }
  return owners;
}

obligation(
  "what root makes in somebody's tree belongs to them, every file and folder",
  async () => {
    await using temp = await tempDir();
    await Deno.chown(temp.path, ALICE.uid, ALICE.gid);
    const dir = join(temp.path, "stack", "backups");
    await using folder = await lockTarget(dir);
    await store(folder);
    await replaceFile(folder, "rehearsal.json", bytes("{}"));
    await appendEntry(join(folder.path, "journal.jsonl"), {
      ...{ v: 1, at: "2026-11-22T14:39:14Z", run: "r1", id: "r1.1", kind: "intent" },
      ...{ operation: "stamp", step: "stamp", data: {} },
    });
    const owners = await ownersBelow(temp.path);
    assert.ok(owners.size >= 11, [...owners.keys()].join());
    assert.deepEqual(new Set(owners.values()), new Set(["12345:23456"]));
  },
);

obligation(
  "a folder that was there keeps its owner, and what root makes in it is that one's",
  async () => {
    await using temp = await tempDir();
    await Deno.chown(temp.path, ALICE.uid, ALICE.gid);
    const dir = join(temp.path, "backups");
    await Deno.mkdir(dir);
    await prepareFolder(dir, TARGET);
    const owners = await ownersBelow(temp.path);
    assert.deepEqual(new Set(owners.values()), new Set(["0:0"]));
  },
);

obligation(
  "nothing is given away that somebody has put in the place of what was made",
  async () => {
    await using temp = await tempDir();
    await Deno.chown(temp.path, ALICE.uid, ALICE.gid);
    const [path, other] = [join(temp.path, "made"), join(temp.path, "other")];
    await Deno.writeTextFile(path, "made");
    await Deno.writeTextFile(other, "root's");
    const made = await Deno.lstat(path);
    for (const put of [Deno.symlink, Deno.link]) {
      await Deno.remove(path);
      await put(other, path);
      await giveToOwner(path, made);
      assert.equal((await Deno.lstat(other)).uid, 0);
    }
    await Deno.mkdir(join(temp.path, "old"));
    await giveFolderToOwner(join(temp.path, "old"), Date.now() + 60_000);
    assert.equal((await Deno.lstat(join(temp.path, "old"))).uid, 0);
  },
);
