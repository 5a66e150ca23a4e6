import assert from "node:assert/strict";
import { buildVerbs } from "../../../src/commands/program.ts";

const ROOT = new URL("../../../", import.meta.url);
const FILES = ["README.md", ".github/workflows/ci.yml"];

/** The words of a line as a shell would split it, without a comment at its end. */
function words(line: string): string[] {
  const found = Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|#.*|[^\s'"]+/g));
  return found.filter(([word]) => !word.startsWith("#"))
    .map(([word, single, double]) => single ?? double ?? word);
}

/** The command lines of a file that somebody may copy. */
async function documented(file: string): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  const lines = text.matchAll(/(?:^\$ |run: (?:\.\/|deno task ))oakum (.+)$/gm);
  return Array.from(lines, ([, line = ""]) => words(line));
}

Deno.test("every command that the README and the workflow show can be typed", async () => {
  const ran: string[] = [];
  for (const file of FILES) {
    for (const argv of await documented(file)) {
      const program = buildVerbs({ run: (verb) => Promise.resolve(void ran.push(verb)) });
      const all = [program, ...program.commands];
      for (const command of all) {
        command.exitOverride((error) => {
          throw new Error(`${file}: oakum ${argv.join(" ")}: ${error.message}`);
        });
        command.configureOutput({ writeErr: () => {} });
      }
      await program.parseAsync(argv, { from: "user" });
    }
  }
  assert.ok(ran.filter((verb) => verb === "rehearse").length >= 7, ran.join(" "));
  assert.ok(ran.includes("status") && ran.includes("backup"), ran.join(" "));
});
