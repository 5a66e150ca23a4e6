import assert from "node:assert/strict";
import { walk } from "../suite/walk.ts";

const ROOT = new URL("../../", import.meta.url);
const NAME = /(?:environment|env)(?:\.get\("|\("|\.)([A-Z][A-Z_]+)\b/g;

interface Settings {
  readonly permissions: { readonly default: { readonly env: { readonly allow: string[] } } };
}

Deno.test("every environment name that the source reads is granted to the program", async () => {
  const text = await Deno.readTextFile(new URL("deno.json", ROOT));
  const granted = (JSON.parse(text) as Settings).permissions.default.env.allow;
  const missing = new Map<string, string>();
  for await (const path of walk(new URL("src", ROOT).pathname)) {
    if (!path.endsWith(".ts")) continue;
    for (const [, name = ""] of (await Deno.readTextFile(path)).matchAll(NAME)) {
      if (!granted.some((pattern) => covers(pattern, name))) missing.set(name, path);
    }
  }
  // A name that is not granted is not refused: it reads as if it were not set.
  assert.deepEqual([...missing], []);
});

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
