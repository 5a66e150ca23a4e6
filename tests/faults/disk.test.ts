import assert from "node:assert/strict";
import { bash } from "../cli/program.ts";
import { Shop } from "./shop.ts";

let shop: Shop;

Deno.test.beforeAll(async () => {
  shop = await Shop.open({ noise: 3000 });
});
Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

/** Runs a line of bash with mounts of its own, which are gone with it. */
async function withMounts(line: string) {
  const alone = Deno.uid() === 0 ? "unshare --mount" : "unshare --mount --map-root-user";
  const script = `${shop.stack.folder}/mounts.sh`;
  await Deno.writeTextFile(script, line);
  const program = (await bash("declare -f oakum")).stdout;
  await Deno.writeTextFile(script, `${program}\n${line}`);
  return await bash(`${alone} bash ${script}`, { cwd: shop.stack.folder });
}

Deno.test("a disk that is full at whatever moment leaves no half backup and every older one", async (t) => {
  await shop.backUp();
  const small = await shop.psql("select pg_database_size(current_database())");
  assert.ok(Number(small) > 1_000_000);
  const bytes =
    Deno.statSync(`${shop.backups}/${shop.files().find((name) => name.endsWith(".dump"))}`).size;
  const KB = 1024;
  // In the dump's first block, its middle, its last bytes, then in globals, marker and manifest.
  const sizes = [4 * KB, bytes / 2, bytes, bytes + 8 * KB, bytes + 16 * KB, bytes + 24 * KB];
  for (const bytes of sizes) {
    await t.step(`with room for ${Math.ceil(bytes / KB)} kB`, async () => {
      const pages = Math.ceil(bytes / 4096);
      const { code, stdout, stderr } = await withMounts(`
        mkdir -p tiny && mount -t tmpfs -o size=$((${pages} * 4096)) tiny tiny || exit 99
        oakum backup --dir "$PWD/tiny" --verify none; code=$?
        find tiny -type f ! -name .gitignore ! -name .lock
        exit $code`);
      const files = stdout.split("\n").filter((line) => line.startsWith("tiny/"));
      if (code === 0) {
        assert.equal(files.length, 3, stdout);
        return;
      }
      assert.ok(code === 1 || code === 4, stdout + stderr);
      assert.match(stderr, /disk is full/);
      assert.match(stderr, /--dir/);
      assert.doesNotMatch(stderr, /\n {4}at /);
      assert.deepEqual(files, []);
    });
  }
  await shop.assertQuiet();
  await shop.exits(0, ["verify", "latest"]);
});

Deno.test("a folder that cannot be used is named, with the reason, and nothing is begun", async (t) => {
  const cases: [name: string, prepare: string, code: number, says: RegExp][] = [
    ["not writable", "mkdir -p ro && chmod 500 ro", 4, /"[^"]*\/ro.*permission/],
    ["a file in the way", "echo > ro", 4, /is a file where oakum needs a folder|not a folder/],
    ["a read-only file system", "mkdir -p ro && mount -t tmpfs -o ro ro ro", 4, /read-only/],
  ];
  // Root may write everywhere, unless it is without its powers over files.
  const weak = Deno.uid() === 0 ? "setpriv --bounding-set -dac_override,-dac_read_search" : "";
  for (const [name, prepare, code, says] of cases) {
    await t.step(name, async () => {
      const ended = await withMounts(`rm -rf ro; ${prepare}
        export -f oakum; ${weak} bash -c 'oakum backup --dir "$PWD/ro" --verify none'; code=$?
        umount ro 2>/dev/null; rm -rf ro; exit $code`);
      assert.equal(ended.code, code, ended.stdout + ended.stderr);
      assert.match(ended.stderr, says);
    });
  }
  await t.step("not readable", async () => {
    const ended = await withMounts(`chmod 300 backups/*/*; export -f oakum
      ${weak} bash -c 'oakum backups'; a=$?; ${weak} bash -c 'oakum backup --verify none'; b=$?
      chmod 700 backups/*/*; echo "$a $b"`);
    assert.doesNotMatch(ended.stdout, /(^|\n)[0 ]+0\n$/);
    assert.match(ended.stderr, /permission/);
    assert.doesNotMatch(ended.stdout + ended.stderr, /no backup/i);
  });
  await shop.assertQuiet();
});

Deno.test("of two backups at once the second says who holds the folder", async () => {
  const first = shop.start(["backup", "--verify", "read"]);
  assert.ok(await first.reaches("dump"));
  // It stands still with the lock in its hand.
  first.kill("SIGSTOP");
  try {
    const said = await shop.exits(11, ["backup", "--verify", "none"]);
    assert.match(said, /in use by `backup` \(run \w+, process \d+, begun/);
  } finally {
    first.kill("SIGCONT");
  }
  const { code, stdout, stderr } = await first.ended();
  assert.equal(code, 0, stdout + stderr);
  await shop.backUp();
});
