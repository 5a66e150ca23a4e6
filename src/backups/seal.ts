import { createHash } from "node:crypto";
import type { Manifest } from "./manifest.ts";

/** JSON without white space and with sorted keys: the same value always gives the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return `{${members.map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v)}`).join(",")}}`;
}

/**
 * What a file's damage is found by, and no more: it has no key, so that whoever can write the file
 * can seal it anew. SHA-256 over the canonical JSON of a manifest without its seal, as
 * `jq -cSj "del(.seal)" FILE | sha256sum` prints it.
 */
export function sealOf(content: object): string {
  return createHash("sha256").update(canonicalJson(content)).digest("hex");
}

/** The text of JSON files that people read: indented, with a newline at the end. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}

/** The bytes of a manifest's file, with the seal as its last member. */
export function sealed(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(prettyJson({ ...manifest, seal: sealOf(manifest) }));
}
