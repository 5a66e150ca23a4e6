import assert from "node:assert/strict";
import { join } from "node:path";
import { prepareFolder, readFolder } from "../../../src/backups/folder.ts";
import { namesIn, obligation, rejected, shopFolder, TARGET, tempDir, tmpfs } from "./support.ts";

obligation("prepareFolder() makes every folder for its owner alone", async () => {
  await using temp = await tempDir();
  const dir = join(temp.path, "new", "backups");
  const path = await prepareFolder(dir, TARGET);
  assert.equal(path, shopFolder(dir));
  for (const folder of [dir, join(dir, "shop"), path]) {
    assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700, folder);
  }
  assert.equal(await prepareFolder(dir, TARGET), path, "a second time");
});

obligation("prepareFolder() keeps the backup folder out of Git", async () => {
  await using temp = await tempDir();
  await prepareFolder(temp.path, TARGET);
  assert.equal(await Deno.readTextFile(join(temp.path, ".gitignore")), "*\n");
});

obligation("prepareFolder() never overwrites a .gitignore", async () => {
  await using temp = await tempDir();
  await Deno.writeTextFile(join(temp.path, ".gitignore"), "/mine\n");
  await prepareFolder(temp.path, TARGET);
  assert.equal(await Deno.readTextFile(join(temp.path, ".gitignore")), "/mine\n");
});

obligation(
  "prepareFolder() does not hide a repository whose root is the backup folder",
  async () => {
    await using temp = await tempDir();
    await Deno.mkdir(join(temp.path, ".git"));
    await prepareFolder(temp.path, TARGET);
    assert.deepEqual(await namesIn(temp.path), [".git", "shop"]);
    assert.equal(await Deno.readTextFile(join(temp.path, "shop", ".gitignore")), "*\n");
  },
);

obligation("prepareFolder() names the file that is in the way, at any depth", async () => {
  await using temp = await tempDir();
  const file = join(temp.path, "file");
  await Deno.writeTextFile(file, "");
  assert.match(
    (await rejected(prepareFolder(file, TARGET), "path-in-the-way")).message,
    /is a file/,
  );
  const below = await rejected(prepareFolder(join(file, "below"), TARGET), "file-access");
  assert.match(below.message, /a part of the path is a file/);
  assert.equal(below.outcome, "refused");

  const dir = join(temp.path, "dir");
  await prepareFolder(dir, { ...TARGET, database: "other" });
  await Deno.writeTextFile(shopFolder(dir), "");
  const leaf = await rejected(prepareFolder(dir, TARGET), "path-in-the-way");
  assert.ok(leaf.message.includes(shopFolder(dir)));
});

obligation("prepareFolder() follows a link to the backup folder and none below it", async () => {
  await using temp = await tempDir();
  const [real, link] = [join(temp.path, "real"), join(temp.path, "link")];
  await Deno.mkdir(real);
  await Deno.symlink(real, link);
  await prepareFolder(link, { ...TARGET, project: "other" });

  const elsewhere = join(temp.path, "elsewhere");
  await Deno.mkdir(elsewhere);
  await Deno.symlink(elsewhere, join(real, "shop"));
  const error = await rejected(prepareFolder(real, TARGET), "path-in-the-way");
  assert.ok(error.message.includes(elsewhere), error.message);
  assert.deepEqual(await namesIn(elsewhere), []);
});

obligation("prepareFolder() says that a link leads nowhere", async () => {
  await using temp = await tempDir();
  const link = join(temp.path, "link");
  await Deno.symlink("/no/such/disk", link);
  const error = await rejected(prepareFolder(link, TARGET), "path-in-the-way");
  assert.match(error.message, /symbolic link to "\/no\/such\/disk"/);
});

obligation("prepareFolder() refuses a read-only file system with path and reason", async () => {
  await using disk = await tmpfs(1_000_000);
  await disk.makeReadOnly();
  const error = await rejected(prepareFolder(disk.path, TARGET), "file-access");
  assert.match(error.message, /read-only/);
  assert.ok(error.message.includes(join(disk.path, "shop")));
  assert.equal(error.outcome, "refused");
});

obligation(
  "readFolder() tells a folder that was never made from one that is unreadable",
  async () => {
    await using temp = await tempDir();
    assert.equal(await readFolder(join(temp.path, "never")), undefined);
    const file = join(temp.path, "file");
    await Deno.writeTextFile(file, "");
    await rejected(readFolder(file), "file-access");
    await rejected(readFolder(join(file, "below")), "file-access");
    await Deno.symlink("/no/such/disk", join(temp.path, "link"));
    await rejected(readFolder(join(temp.path, "link")), "path-in-the-way");
  },
);
