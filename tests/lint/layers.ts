/**
 * The layer rule: imports run down this list only, so that a reader who knows one room knows what
 * it may depend on. `deno lint` loads this plugin.
 */
const LAYERS = [
  ["main.ts"],
  ["src/commands/"],
  ["src/terminal/"],
  ["src/operations/"],
  ["src/reports/"],
  ["src/targets/"],
  ["src/migrators/"],
  ["src/postgres/"],
  ["src/backups/"],
  ["src/docker/"],
  ["src/config/"],
  ["src/core/"],
];

function layerOf(path: string): number {
  return LAYERS.findIndex((prefixes) =>
    prefixes.some((prefix) => path === prefix || path.startsWith(prefix))
  );
}

/** The path below the repository's root, or nothing for a file outside the ruled folders. */
export function pathInHouse(fileName: string): string | undefined {
  const path = fileName.replaceAll("\\", "/");
  const at = path.lastIndexOf("/src/");
  if (at >= 0) return path.slice(at + 1);
  return path.endsWith("/main.ts") ? "main.ts" : undefined;
}

/** Why `importer` may not import `specifier`, or nothing where it may. */
export function violation(importer: string, specifier: string): string | undefined {
  const from = pathInHouse(importer);
  if (!from) return;
  if (/^(npm:)?dockerode/.test(specifier) && from !== "src/docker/connect.ts") {
    return "only src/docker/connect.ts imports dockerode";
  }
  if (!specifier.startsWith(".")) return;
  const to = new URL(specifier, `file:///${from}`).pathname.slice(1);
  if (layerOf(to) < 0) return `"${to}" is in no layer of the house`;
  if (layerOf(to) < layerOf(from)) return `"${from}" may not import "${to}": imports run down`;
}

const plugin: Deno.lint.Plugin = {
  name: "oakum",
  rules: {
    layers: {
      create(context) {
        const judge = (node: Deno.lint.Node, source: string) => {
          const message = violation(context.filename, source);
          if (message) context.report({ node, message });
        };
        return {
          ImportDeclaration: (node) => judge(node, node.source.value),
          ExportNamedDeclaration: (node) => node.source && judge(node, node.source.value),
          ExportAllDeclaration: (node) => judge(node, node.source.value),
          ImportExpression: (node) => {
            if (node.source.type === "Literal" && typeof node.source.value === "string") {
              judge(node, node.source.value);
            }
          },
        };
      },
    },
  },
};

export default plugin;
