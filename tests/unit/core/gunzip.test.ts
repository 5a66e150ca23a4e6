import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { gunzipped } from "../../../src/core/gunzip.ts";

const TEXT = Buffer.from("a row of a table, or two\n".repeat(20_000));
const PACKED = gzipSync(TEXT);
const zeros = (count: number) => new Uint8Array(count);
const SIZES = [1, 1000, 128 * 1024, Infinity];

async function* cutUp(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length)) {
    await Promise.resolve();
    yield bytes.subarray(at, at + Math.min(size, bytes.length));
  }
}

async function unpack(size: number, ...parts: Uint8Array[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(gunzipped(cutUp(Buffer.concat(parts), size))));
}

Deno.test("gunzipped() unpacks all members, and passes over zeros behind them, every time", async () => {
  for (const size of SIZES) {
    for (const padding of [0, 1, 7, 512, 100_000]) {
      assert.ok(TEXT.equals(await unpack(size, PACKED, zeros(padding))), `${size}, ${padding}`);
    }
    assert.equal((await unpack(size, PACKED, PACKED, zeros(512))).length, 2 * TEXT.length);
  }
});

Deno.test("gunzipped() fails where something else stands behind, or the end is missing", async () => {
  const more = Buffer.from("and a line of text\n");
  for (const size of SIZES) {
    await assert.rejects(unpack(size, PACKED, zeros(512), more), { code: "Z_TRAILING" });
    await assert.rejects(unpack(size, PACKED, zeros(512), PACKED), { code: "Z_TRAILING" });
    await assert.rejects(unpack(size, PACKED, more), /incorrect header check/);
    await assert.rejects(unpack(size, PACKED.subarray(0, -3)), { code: "Z_BUF_ERROR" });
  }
});

Deno.test("gunzipped() fails as what it reads from does", async () => {
  const fault = new Error("Input/output error");
  async function* broken() {
    yield PACKED.subarray(0, 100);
    await Promise.resolve();
    throw fault;
  }
  await assert.rejects(Array.fromAsync(gunzipped(broken())), fault);
});
