import { OakumError } from "../core/errors.ts";
import type { FileKind } from "./magic.ts";

/** What a file is that cannot be taken. */
export type Refused = Exclude<FileKind, "custom" | "gzip" | "text"> | keyof typeof OTHERS;

const OTHERS = {
  "gzip": ["is compressed twice", "Unpack it with `gunzip` once."],
  "folder": ["is a folder, not a dump", undefined],
  "device": ["is no ordinary file", undefined],
  "empty": ["is empty", undefined],
  "gzipped-custom": [
    "is a custom-format dump that was compressed once more",
    "Unpack it with `gunzip` and give the result.",
  ],
} as const;

const TO_CUSTOM =
  "Load it with `pg_restore` into an empty server and dump that with `pg_dump -Fc`.";

const REFUSALS: Record<Refused, readonly [what: string, hint: string | undefined]> = {
  ...OTHERS,
  "custom-crlf": [
    "is a custom-format dump that a terminal has destroyed: every LF in it became CRLF, as " +
    "`docker exec -t` does",
    "The data cannot be recovered with certainty. Take the dump again without `-t`.",
  ],
  "directory": ["is a dump in directory format, which oakum does not read", TO_CUSTOM],
  "tar": ["is a dump in tar format, or another tar file, which oakum does not read", TO_CUSTOM],
  "zstd": ["is compressed with zstd", "Unpack it with `zstd -d` and give the result."],
  "xz": ["is compressed with xz", "Unpack it with `unxz` and give the result."],
  "bzip2": ["is compressed with bzip2", "Unpack it with `bunzip2` and give the result."],
  "zip": ["is a zip file", "Unpack it with `unzip` and give the file inside."],
  "age": ["is encrypted with age", "Decrypt it with `age -d` and give the result."],
  "utf16": [
    "is text in UTF-16, as PowerShell's `>` writes it, which psql does not read",
    "Convert it with `iconv -f UTF-16 -t UTF-8`, and look at letters beyond ASCII first.",
  ],
  "binary": ["is neither SQL nor a dump of pg_dump", undefined],
};

/** The error that says why a file cannot be taken as a dump, and what makes one of it. */
export function refusal(path: string, kind: Refused): OakumError {
  const [what, hint] = REFUSALS[kind];
  return new OakumError("dump-unsupported", "refused", `"${path}" ${what}.`, {
    ...(hint ? { hint } : {}),
    data: { path, kind },
  });
}
