import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { recogniseWhole } from "../../../src/operations/adopt/recognise.ts";
import { scriptText } from "../../../src/operations/adopt/text.ts";

const STILL = new AbortController().signal;

/** What PowerShell's `>` makes of text. */
function powerShell(text: string): Buffer {
  return Buffer.from(`\ufeff${text}`, "utf16le");
}

async function textOf(content: string | Uint8Array): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "oakum-test-" });
  try {
    const path = join(dir, "old.sql");
    await Deno.writeFile(path, typeof content === "string" ? Buffer.from(content) : content);
    const dump = await recogniseWhole(path, STILL);
    return Buffer.concat(await Array.fromAsync(scriptText(dump, () => {}))).toString();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("scriptText() reads a script in UTF-8 and UTF-16, packed and with a mark", async () => {
  const script = "create table t (a text);\nselect 'größer 💾';\n";
  for (
    const content of [
      script,
      `\ufeff${script}`,
      gzipSync(script),
      powerShell(script),
      gzipSync(powerShell(script)),
      powerShell(script).swap16(),
    ]
  ) assert.equal(await textOf(content), script);
});

Deno.test("scriptText() refuses what PowerShell broke, in any of its code pages", async () => {
  // "é", "größer" and "…" in UTF-8, as the code pages 437 and 1252 show them, and what they lack.
  for (const broken of ["caf├⌐", "gr├╢├ƒer", "cafÃ©", "â€¦", "caf\ufffd"]) {
    const error = await textOf(powerShell(`select '${broken}';\n`)).catch((error) => error);
    assert.equal(error.code, "dump-garbled", broken);
    assert.match(error.hint, /-f FILE/);
  }
});
