import assert from "node:assert/strict";
import { join } from "node:path";
import { freeSpace, requireSpace } from "../../../src/backups/space.ts";
import { obligation, rejected, tmpfs } from "./support.ts";

obligation("freeSpace() tells what can still be written", async () => {
  await using disk = await tmpfs(1024 * 1024);
  assert.equal(await freeSpace(disk.path), 1024 * 1024);
  await Deno.writeFile(join(disk.path, "file"), new Uint8Array(1024 * 512));
  assert.equal(await freeSpace(disk.path), 1024 * 512);
});

obligation("requireSpace() refuses a dump that will not fit, with both figures", async () => {
  await using disk = await tmpfs(1024 * 1024);
  await requireSpace(disk.path, 800_000);
  const error = await rejected(requireSpace(disk.path, 900_000), "too-little-space");
  assert.equal(error.outcome, "refused");
  assert.match(error.message, /has 1\.0 MB free; .* took 900 kB and a new one needs about 1\.1 MB/);
});

obligation("freeSpace() names a path that is not there", async () => {
  assert.match((await rejected(freeSpace("/no/such/folder"), "file-access")).message, /no\/such/);
});
