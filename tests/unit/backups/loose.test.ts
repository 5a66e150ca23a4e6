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
  "recogniseDump() knows a plain dump, packed or not, by content and not by name",
  async () => {
    for (const name of ["old.sql", "old.sql.gz", "backup", "x.dump"]) {
      const known = { scope: "database", broken: null, crlf: false, utf16: false, from: undefined };
      const textBytes = PLAIN.length;
      assert.deepEqual(await recognise(PLAIN, name), {
        kind: "plain",
        bytes: PLAIN.length,
        textBytes,
        ...known,
      });
      const packed = gzipSync(PLAIN);
      const expected = { kind: "plain-gzip", bytes: packed.length, textBytes, ...known };
      assert.deepEqual(await recognise(packed, name), expected);
    }
  },
);

obligation("recogniseDump() finds any cut and any damage in a packed one", async () => {
  const packed = gzipSync(PLAIN);
  for (const at of [12, 40, 200, packed.length - 9, packed.length - 8, packed.length - 1]) {
    const { broken } = await recognise(packed.subarray(0, at));
    assert.equal(broken, "the compressed file ends too early", `cut at ${at}`);
  }
  const damaged = packed.slice();
  damaged[packed.length - 6]! ^= 1;
  assert.match((await recognise(damaged)).broken!, /^the compressed file is damaged/);
});

obligation(
  "recogniseDump() passes over zeros behind a packed one, and names anything else",
  async () => {
    const packed = gzipSync(PLAIN);
    const behind = (more: Uint8Array) => recognise(new Uint8Array([...packed, ...more]));
    assert.equal((await behind(new Uint8Array(512))).broken, null);
    for (const more of [bytes("a line of text\n"), new Uint8Array([0, 0, 0, 1])]) {
      const error = await rejected(behind(more), "dump-unsupported");
      assert.match(error.message, /behind the end of its compressed data/);
      assert.match(error.hint!, /gunzip -c \S+old\.sql/);
    }
  },
);

obligation("recogniseDump() reads a packed file of several members to its end", async () => {
  const half = PLAIN.length / 2;
  const members = [gzipSync(PLAIN.subarray(0, half)), gzipSync(PLAIN.subarray(half))];
  const { textBytes } = await recognise(new Uint8Array(members.flatMap((part) => [...part])));
  assert.equal(textBytes, PLAIN.length);
});

obligation("recogniseDump() knows pg_dumpall's and other people's SQL", async () => {
  const cluster = TEXT.replaceAll("database dump", "database cluster dump");
  assert.equal((await recognise(cluster)).scope, "cluster");
  assert.equal((await recognise("CREATE TABLE t (id int);\n")).scope, null);
});

obligation("recogniseDump() says when a terminal came between", async () => {
  const plain = await recognise(throughTerminal(PLAIN));
  assert.equal(plain.crlf, true);
  const error = await rejected(recognise(throughTerminal(CUSTOM)), "dump-unsupported");
  assert.match(error.message, /a terminal has destroyed.*`docker exec -t`/);
  assert.match(error.hint!, /without `-t`/);
});

obligation("recogniseDump() reads the version out of pg_dump's own formats", async () => {
  for (const [content, kind] of [[CUSTOM, "custom"], [TAR, "tar"]] as const) {
    const dump = await recognise(content, "old.sql");
    assert.equal(dump.kind, kind);
    assert.ok(dump.from! >= 14 && dump.from! < 30, `${dump.from}`);
  }
});

/** What PowerShell's `>` makes of a program's output. */
function throughPowerShell(text: string): Uint8Array {
  const units = Uint16Array.from(`\ufeff${text}`, (letter) => letter.charCodeAt(0));
  return new Uint8Array(units.buffer);
}

obligation("recogniseDump() knows what PowerShell made of a dump", async () => {
  const dump = await recognise(throughPowerShell(TEXT));
  assert.deepEqual([dump.kind, dump.utf16, dump.scope], ["plain", true, "database"]);
  assert.equal((await recognise(gzipSync(throughPowerShell(TEXT)))).utf16, true);
  const custom = throughPowerShell(new TextDecoder("latin1").decode(CUSTOM));
  const error = await rejected(recognise(custom), "dump-unsupported");
  assert.match(error.message, /PowerShell has destroyed/);
  assert.match(error.hint!, /-f FILE/);
});

obligation("recogniseDump() refuses with a sentence what oakum does not read", async () => {
  const other = TAR.slice();
  other.set(bytes("shop.sql"));
  const cases: [string, Uint8Array, RegExp][] = [
    ["tar of a script", other, /a tar file, and none by pg_dump/],
    ["toc.dat", TOC, /table of contents of a dump in directory format/],
    ["tar.gz", gzipSync(TAR), /a packed tar file/],
    ["tar.gz of a script", gzipSync(other), /a packed tar file/],
    ["custom.gz", gzipSync(CUSTOM), /pg_dump's own format that was compressed once more/],
    ["sql.gz.gz", gzipSync(gzipSync(PLAIN)), /compressed twice/],
    ["zstd", new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0]), /zstd/],
    ["xz", new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]), /xz/],
    ["bzip2", bytes("BZh91AY"), /bzip2/],
    ["zip", bytes("PK\x03\x04rest"), /zip file/],
    ["age", bytes("age-encryption.org/v1\n-> X25519"), /encrypted with age/],
    ["UTF-16 without a mark", throughPowerShell(TEXT).subarray(2), /UTF-16 without the mark/],
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
  const dump = await recogniseDump(temp.path);
  assert.deepEqual([dump.kind, dump.bytes], ["directory", TOC.length]);
});

obligation("recogniseDump() stops unpacking when the signal says so", async () => {
  await using temp = await tempDir();
  const path = join(temp.path, "large.sql.gz");
  await Deno.writeFile(path, gzipSync(new Uint8Array(50_000_000).fill(0x20)));
  const stopped = recogniseDump(path, AbortSignal.abort());
  await assert.rejects(stopped, { name: "AbortError" });
});
