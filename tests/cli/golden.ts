import assert from "node:assert/strict";

const FOLDER = new URL("golden/", import.meta.url);

/**
 * Compares with the golden file of that name; `OAKUM_UPDATE_GOLDEN=1` writes the file instead, to
 * be read in the diff.
 */
export async function assertGolden(name: string, text: string): Promise<void> {
  const file = new URL(`${name}.golden`, FOLDER);
  const normal = normalised(text);
  if (Deno.env.get("OAKUM_UPDATE_GOLDEN")) await Deno.writeTextFile(file, normal);
  const golden = await Deno.readTextFile(file).catch(() => "");
  assert.equal(normal, golden, `differs from tests/cli/golden/${name}.golden`);
}

/** What differs from run to run, from machine to machine and from commit to commit. */
function normalised(text: string): string {
  return text
    .replaceAll(/oakum \d+\.\d+\.\d+\S* \([^)]*\)/g, "oakum VERSION (COMMIT)")
    .replaceAll(/\/\S*\/oakum_cli_[^\s/"]*/g, "FOLDER")
    .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, "TIME");
}
