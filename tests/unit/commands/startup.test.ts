import assert from "node:assert/strict";
import { z } from "zod";

const graphShape = z.object({
  roots: z.array(z.string()),
  modules: z.array(z.object({
    specifier: z.string(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      code: z.object({ specifier: z.string().optional() }).optional(),
      isDynamic: z.boolean().optional(),
    })).optional(),
  })),
});

/** What is loaded before any command runs: everything that is imported and not only on demand. */
async function loadedAtStart(): Promise<string[]> {
  const main = new URL("../../../main.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", main] })
    .output();
  const { roots, modules } = graphShape.parse(JSON.parse(new TextDecoder().decode(stdout)));
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    const { dependencies = [] } = modules.find((each) => each.specifier === specifier) ?? {};
    for (const { code, isDynamic } of dependencies) {
      if (code?.specifier && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}

Deno.test("help loads neither Docker nor PostgreSQL nor zod nor YAML nor any operation", async () => {
  const loaded = await loadedAtStart();
  assert.ok(loaded.some((specifier) => specifier.includes("commander")), loaded.join("\n"));
  const heavy =
    /npm:.*\b(dockerode|postgres|zod|yaml|modern-tar)\b|\/src\/(operations|docker|postgres|targets|migrators|backups)\//;
  assert.deepEqual(loaded.filter((specifier) => heavy.test(specifier)), []);
});
