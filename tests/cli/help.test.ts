import assert from "node:assert/strict";
import { assertGolden } from "./golden.ts";
import { oakum, Terminal } from "./program.ts";

/** The verbs as `oakum --help` lists them. */
async function verbs(): Promise<string[]> {
  const { stdout } = await oakum(["--help"]);
  const [list = ""] = stdout.split("\nGlobal options:");
  const names = Array.from(list.matchAll(/^ {2}([a-z]+) {2,}\S/gm), ([, name = ""]) => name);
  assert.ok(names.length > 20, stdout);
  return names;
}

Deno.test("oakum --help shows verbs, options, examples and exit codes", async () => {
  const { code, stdout, stderr } = await oakum(["--help"]);
  assert.deepEqual([code, stderr], [0, ""]);
  await assertGolden("help", stdout);
  assert.equal((await oakum([])).stdout, stdout);
  assert.equal((await oakum(["help"])).stdout, stdout);
});

Deno.test("every verb's --help is its golden file, in 80 columns", async (t) => {
  const lines = [...await verbs(), "config schema", "config rules"].filter((verb) =>
    verb !== "help"
  );
  for (const verb of lines) {
    await t.step(verb, async () => {
      const { code, stdout, stderr } = await oakum([...verb.split(" "), "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      await assertGolden(`help-${verb.replace(" ", "-")}`, stdout);
      const wide = stdout.split("\n").filter((line) => line.length > 80);
      assert.deepEqual(wide, []);
    });
  }
});

Deno.test("oakum help VERB is oakum VERB --help", async () => {
  const [help, option] = [await oakum(["help", "backup"]), await oakum(["backup", "--help"])];
  assert.equal(help.stdout, option.stdout);
});

Deno.test("oakum --version shows version and commit", async () => {
  const { code, stdout } = await oakum(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^oakum \d+\.\d+\.\d+ \([0-9a-z-]+\)\n$/);
});

Deno.test("help fits a terminal of 60 columns", async () => {
  await using terminal = new Terminal("oakum restore --help", { columns: 60 });
  assert.equal(await terminal.ended(), 0);
  // deno-lint-ignore no-control-regex -- colours are control sequences
  const lines = terminal.text.replaceAll(/\x1b\[\d+m/g, "").split("\r\n");
  const [options = []] = [lines.slice(0, lines.indexOf("Examples:"))];
  assert.deepEqual(options.filter((line) => line.length > 60), []);
});
