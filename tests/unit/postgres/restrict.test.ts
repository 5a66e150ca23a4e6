import assert from "node:assert/strict";
import fc from "fast-check";
import {
  knowsRestrict,
  withoutOwnRestrict,
  withoutRestrict,
} from "../../../src/postgres/restrict.ts";

const WORD = "Xw3".repeat(21);
const DUMP = `--\n-- PostgreSQL database dump\n--\n\n\\restrict ${WORD}\n\nCOPY t FROM stdin;\n` +
  `\\restrict me\n\\unrestrict ${WORD}x\n\\.\n--\n\n\\unrestrict ${WORD}\n`;
const WITHOUT = `--\n-- PostgreSQL database dump\n--\n\n\nCOPY t FROM stdin;\n` +
  `\\restrict me\n\\unrestrict ${WORD}x\n\\.\n--\n\n`;

async function filtered(
  parts: readonly Uint8Array[],
  filter: (script: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> = withoutRestrict,
): Promise<string> {
  const chunks = await Array.fromAsync(filter((async function* () {
    yield* parts;
  })()));
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

Deno.test("withoutRestrict() takes out the two lines, however the stream is cut", async () => {
  const bytes = new TextEncoder().encode(DUMP);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }),
      async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const parts = at.slice(1).map((end, i) => bytes.slice(at[i], end));
        assert.equal(await filtered(parts), WITHOUT);
      },
    ),
  );
});

Deno.test("withoutRestrict() passes on every byte of a script without them", async () => {
  const lines = fc.array(fc.string({ maxLength: 200 }).map((text) => text.replaceAll("\\", "/")));
  await fc.assert(fc.asyncProperty(lines, async (script) => {
    const text = script.join("\n");
    assert.equal(await filtered([new TextEncoder().encode(text)]), text);
  }));
});

for (
  const [version, knows] of [
    ["psql (PostgreSQL) 17.11 (Debian 17.11-0+deb13u1)", true],
    ["psql (PostgreSQL) 17.6", true],
    ["psql (PostgreSQL) 17.5", false],
    ["psql (PostgreSQL) 15.14", true],
    ["psql (PostgreSQL) 14.18", false],
    ["psql (PostgreSQL) 18.0", true],
    ["psql (PostgreSQL) 12.22", false],
  ] as const
) {
  Deno.test(`knowsRestrict() is ${knows} for ${version}`, () => {
    assert.equal(knowsRestrict(version), knows);
  });
}

Deno.test("withoutOwnRestrict() takes no row of a table for the line that opens the lock", async () => {
  const row = `\\restrict ${WORD}\n`;
  const head = "--\n-- PostgreSQL database dump\n--\n\n";
  const text = `${head}-- Dumped from database version 15.10\n\nCOPY t FROM stdin;\n${row}\\.\n`;
  assert.equal(await filtered([new TextEncoder().encode(text)], withoutOwnRestrict), text);
  assert.equal(await filtered([new TextEncoder().encode(DUMP)], withoutOwnRestrict), WITHOUT);
});
