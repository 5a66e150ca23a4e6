import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { recogniseDump } from "../../../src/backups/loose.ts";
import { bytes, obligation, rejected, tempDir } from "./support.ts";

const fixture = (name: string) => Deno.readFile(join(import.meta.dirname!, "fixtures", name));
const [CUSTOM, PLAIN, TAR, TOC] = await Promise.all(
  ["shop.dump", "shop.sql", "shop.tar", "toc.dat"].map(fixture),
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const TEXT = new TextDecoder().decode(PLAIN);

async function recognise(content: Uint8Array | string, name = "old.sql") {
  await using temp = await tempDir();
  const path = join(temp.path, name);
  await Deno.writeFile(path, typeof content === "string" ? bytes(content) : content);
  const { path: _, ...dump } = await recogniseDump(path);
  return dump;
}

/** What a terminal makes of a stream. */
function throughTerminal(content: Uint8Array): Uint8Array {
  return new Uint8Array([...content].flatMap((byte) => byte === 0x0a ? [0x0d, 0x0a] : [byte]));
}

obligation(
  "recogniseDump() knows a whole plain dump, packed or not, by content and not by name",
  async () => {
    for (const name of ["old.sql", "old.sql.gz", "backup", "x.dump"]) {
      const whole = { scope: "database", whole: true, doubt: "", crlf: false } as const;
      const textBytes = PLAIN.length;
      assert.deepEqual(await recognise(PLAIN, name), {
        kind: "plain",
        bytes: PLAIN.length,
        textBytes,
        ...whole,
      });
      const packed = gzipSync(PLAIN);
      const expected = { kind: "plain-gzip", bytes: packed.length, textBytes, ...whole };
      assert.deepEqual(await recognise(packed, name), expected);
    }
  },
);

obligation("recogniseDump() finds any cut in a plain dump", async () => {
  const end = TEXT.indexOf("dump complete");
  for (const at of [1, 100, 1000, end, end + 5, end + 12]) {
    const { whole, doubt } = await recognise(PLAIN.subarray(0, at));
    assert.equal(whole, at < 40 ? null : false, `cut at ${at}`);
    assert.notEqual(doubt, "");
  }
  assert.equal(
    (await recognise(PLAIN.subarray(0, end + 13))).whole,
    true,
    "only the decoration is gone",
  );
});

obligation("recogniseDump() finds any cut and any damage in a packed one", async () => {
  const packed = gzipSync(PLAIN);
  for (const at of [12, 40, 200, packed.length - 9, packed.length - 8, packed.length - 1]) {
    const { whole, doubt } = await recognise(packed.subarray(0, at));
    assert.deepEqual([whole, doubt], [false, "the compressed file ends too early"], `cut at ${at}`);
  }
  const damaged = packed.slice();
  damaged[packed.length - 6]! ^= 1;
  assert.match((await recognise(damaged)).doubt, /^the compressed file is damaged/);
});

obligation("recogniseDump() reads a packed file of several members to its end", async () => {
  const half = PLAIN.length / 2;
  const members = [gzipSync(PLAIN.subarray(0, half)), gzipSync(PLAIN.subarray(half))];
  assert.equal((await recognise(new Uint8Array(members.flatMap((part) => [...part])))).whole, true);
  assert.equal((await recognise(members[0]!)).whole, false);
});

obligation("recogniseDump() does not take a trailer inside of the data for the end", async () => {
  const row = "-- PostgreSQL database dump complete\n";
  assert.equal((await recognise(TEXT.slice(0, 900) + row + "1\tStill life\n")).whole, false);
  assert.equal((await recognise(TEXT.slice(0, 900) + row + "x".repeat(9000))).whole, false);
});

obligation("recogniseDump() knows pg_dumpall's and other people's SQL", async () => {
  const cluster = TEXT.replaceAll("database dump", "database cluster dump");
  const { scope, whole } = await recognise(cluster);
  assert.deepEqual([scope, whole], ["cluster", true]);
  const other = await recognise("CREATE TABLE t (id int);\n");
  assert.deepEqual([other.scope, other.whole], [null, null]);
  assert.match(other.doubt, /not by pg_dump/);
});

obligation(
  "recogniseDump() accepts what a verbose pg_dump and scripts write around the trailer",
  async () => {
    const line = "-- PostgreSQL database dump complete";
    assert.equal(
      (await recognise(TEXT.replace(line, `-- Completed on 2026-11-22\n\n--\n${line}`))).whole,
      true,
    );
    assert.equal((await recognise(TEXT + "-- backup_database.sh done\n")).whole, true);
  },
);

obligation("recogniseDump() says when a terminal came between", async () => {
  const plain = await recognise(throughTerminal(PLAIN));
  assert.deepEqual([plain.crlf, plain.whole], [true, true]);
  const error = await rejected(recognise(throughTerminal(CUSTOM)), "dump-unsupported");
  assert.match(error.message, /a terminal has destroyed.*`docker exec -t`/);
  assert.match(error.hint!, /without `-t`/);
});

obligation(
  "recogniseDump() leaves the wholeness of a custom-format dump to pg_restore",
  async () => {
    const { kind, whole, doubt } = await recognise(CUSTOM, "old.sql");
    assert.deepEqual([kind, whole], ["custom", null]);
    assert.match(doubt, /full read by pg_restore/);
  },
);

obligation("recogniseDump() refuses with a sentence what oakum does not read", async () => {
  const utf16 = new Uint8Array([0xff, 0xfe, ...Array.from(PLAIN).flatMap((byte) => [byte, 0])]);
  const cases: [string, Uint8Array, RegExp][] = [
    ["tar", TAR, /tar format/],
    ["toc.dat", TOC, /directory format/],
    ["tar.gz", gzipSync(TAR), /tar format/],
    ["custom.gz", gzipSync(CUSTOM), /custom-format dump that was compressed once more/],
    ["sql.gz.gz", gzipSync(gzipSync(PLAIN)), /compressed twice/],
    ["zstd", new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0]), /zstd/],
    ["xz", new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]), /xz/],
    ["bzip2", bytes("BZh91AY"), /bzip2/],
    ["zip", bytes("PK\x03\x04rest"), /zip file/],
    ["age", bytes("age-encryption.org/v1\n-> X25519"), /encrypted with age/],
    ["utf16", utf16, /UTF-16, as PowerShell/],
    ["binary", bytes("\x7fELF\x00\x00"), /neither SQL nor a dump/],
    ["empty", new Uint8Array(), /is empty/],
    ["empty.gz", gzipSync(""), /is empty/],
  ];
  for (const [what, content, message] of cases) {
    const error = await rejected(recognise(content), "dump-unsupported");
    assert.match(error.message, message, what);
    assert.equal(error.outcome, "refused");
  }
});

obligation("recogniseDump() tells folders and missing files apart", async () => {
  await using temp = await tempDir();
  const missing = await rejected(recogniseDump(join(temp.path, "none")), "unknown-file");
  assert.equal(missing.outcome, "notFound");
  const folder = await rejected(recogniseDump(temp.path), "dump-unsupported");
  assert.match(folder.message, /is a folder, not a dump/);
  await Deno.writeFile(join(temp.path, "toc.dat"), TOC);
  const dump = await rejected(recogniseDump(temp.path), "dump-unsupported");
  assert.match(dump.message, /directory format/);
});

obligation("recogniseDump() stops unpacking when the signal says so", async () => {
  await using temp = await tempDir();
  const path = join(temp.path, "large.sql.gz");
  await Deno.writeFile(path, gzipSync(new Uint8Array(50_000_000).fill(0x20)));
  const stopped = recogniseDump(path, AbortSignal.abort());
  await assert.rejects(stopped, { name: "AbortError" });
});
