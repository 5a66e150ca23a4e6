/** `parseEnv` of node:util, as far as the tests of the command line need it. */
export function parseEnv(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [, name, value = ""] = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) found[name] = value.replace(/^(["'])(.*)\1$/, "$2");
  }
  return found;
}
