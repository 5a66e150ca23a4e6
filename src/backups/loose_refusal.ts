import { dirname } from "node:path";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import type { FileKind } from "./magic.ts";

/** What a file is that cannot be taken. */
export type Refused =
  | Exclude<FileKind, "custom" | "gzip" | "text" | "tar" | "utf16">
  | keyof typeof OTHERS;

const OTHERS = {
  "gzip": ["is compressed twice", "Unpack it with `gunzip` once."],
  "gzip-and-more": [
    "has something else behind the end of its compressed data",
    "Unpack it, which passes over that, and give the result: gunzip -c % > NEW",
  ],
  "folder": ["is a folder, not a dump", "Name the file or files in it."],
  "device": ["is no ordinary file", "Copy it into a file, and give that."],
  "empty": ["is empty", "The dump failed: take it again, and read what it says."],
  "gzipped-custom": [
    "is a dump of pg_dump's own format that was compressed once more",
    "Unpack it and give the result: gunzip -c % > NEW",
  ],
  "tar-gzip": ["is a packed tar file", "Unpack it and give what is inside: tar xzf %"],
} as const;

const REFUSALS: Record<Refused, readonly [what: string, hint: string | undefined]> = {
  ...OTHERS,
  "custom-crlf": [
    "is a custom-format dump that a terminal has destroyed: every LF in it became CRLF, as " +
    "`docker exec -t` does",
    "The data cannot be recovered with certainty. Take the dump again without `-t`.",
  ],
  "custom-utf16": [
    "is a custom-format dump that PowerShell has destroyed: its `>` takes every output for text, " +
    "and writes that in UTF-16",
    "The data cannot be recovered. Take the dump again with `-f FILE` in place of `>`.",
  ],
  "directory": [
    "is the table of contents of a dump in directory format",
    "Give the whole folder: FOLDER",
  ],
  "utf16-bare": [
    "is text in UTF-16 without the mark that says so",
    "Convert it and give the result: iconv -f UTF-16LE -t UTF-8 % > NEW",
  ],
  "tar-other": [
    "is a tar file, and none by pg_dump -Ft",
    "Unpack it and give what is inside: tar xf %",
  ],
  "zstd": ["is compressed with zstd", "Unpack it with `zstd -d` and give the result."],
  "xz": ["is compressed with xz", "Unpack it with `unxz` and give the result."],
  "bzip2": ["is compressed with bzip2", "Unpack it with `bunzip2` and give the result."],
  "zip": ["is a zip file", "Unpack it with `unzip` and give the file inside."],
  "age": ["is encrypted with age", "Decrypt it with `age -d` and give the result."],
  "binary": ["is neither SQL nor a dump of pg_dump", undefined],
};

/** The error that says why a file cannot be taken as a dump, and what makes one of it. */
export function refusal(path: string, kind: Refused): OakumError {
  const [what, hint] = REFUSALS[kind];
  const named = hint?.replace("%", shellWord(path)).replace("FOLDER", shellWord(dirname(path)));
  return new OakumError("dump-unsupported", "refused", `"${path}" ${what}.`, {
    ...(named ? { hint: named } : {}),
    data: { path, kind },
  });
}
