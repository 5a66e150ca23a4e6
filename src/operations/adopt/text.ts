import type { LooseDump } from "../../backups/loose.ts";
import { readDump } from "../../backups/read_dump.ts";
import { OakumError } from "../../core/errors.ts";
import { gunzipped } from "../../core/gunzip.ts";
import type { OnBytes } from "../../core/read_file.ts";
import { utf8OfUtf16 } from "../../core/utf16.ts";

/** The text of a script in UTF-8 or what else psql reads, whatever it is packed in. */
export async function* scriptText(
  { path, kind, utf16 }: Pick<LooseDump, "path" | "kind" | "utf16">,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array> {
  const raw = readDump(path, onBytes);
  const text = kind === "plain-gzip" ? gunzipped(raw) : raw;
  yield* utf16 ? utf8OfUtf16(text, (piece) => refuseGarbled(path, piece)) : withoutMark(text);
}

/** Windows' editors put a mark before UTF-8, which psql knows in some encodings only. */
async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of chunks) {
    const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    first = false;
    yield marked ? chunk.subarray(3) : chunk;
  }
}

/**
 * PowerShell reads a program's output in the console's code page before it writes it in UTF-16: what
 * it makes of UTF-8 beyond ASCII then begins with one of these, or is no letter at all.
 */
const GARBLED =
  /[\u251c\u252c][^\0-\x7f]|\u0393[\u00c7\u00f6\u00e9]|[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|\ufffd/;

function refuseGarbled(path: string, text: string): void {
  const at = GARBLED.exec(text)?.index;
  if (at === undefined) return;
  const shown = text.slice(Math.max(0, at - 20), at + 20).replaceAll(/\s+/g, " ").trim();
  throw new OakumError(
    "dump-garbled",
    "refused",
    `"${path}" is in UTF-16, as PowerShell's \`>\` writes it, and PowerShell has broken its letters ` +
      `beyond ASCII: ${shown}`,
    {
      hint: "Take the dump again with -f FILE in place of >, as in: pg_dump -f dump.sql …",
      data: { path },
    },
  );
}
