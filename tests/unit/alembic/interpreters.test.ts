import assert from "node:assert/strict";
import {
  findCommand,
  likelyInterpreters,
  parseInterpreter,
} from "../../../src/migrators/alembic/interpreters.ts";
import { programInput, pythonCommand } from "../../../src/migrators/alembic/programs.ts";

Deno.test("parseInterpreter() passes over anything else", () => {
  const output = "warning: x\n\npython\t/srv/venv/bin/python\tprocess 1\n";
  assert.equal(parseInterpreter(output), "/srv/venv/bin/python");
  assert.equal(parseInterpreter("python\t\n\npython"), undefined);
});

Deno.test("findCommand() hands folders over as arguments, never inside the script", () => {
  const [shell, option, script, ...rest] = findCommand(["/srv/$(reboot)"]);
  assert.deepEqual([shell, option, ...rest], ["sh", "-c", "find", "/srv/$(reboot)"]);
  assert.ok(!script?.includes("reboot"));
});

Deno.test("likelyInterpreters() begins with what the container itself is started with", () => {
  const found = likelyInterpreters(["/env/bin/python3.12", "-m", "app"], { VIRTUAL_ENV: "/other" });
  assert.deepEqual(found.slice(0, 2), ["/env/bin/python3.12", "/other/bin/python3"]);
  assert.equal(found.at(-1), "python");
});

Deno.test("programInput() is its own length, then the modules and the arguments", () => {
  const input = programInput("probe", { x: ["é"] });
  const text = new TextDecoder().decode(input.slice(10));
  assert.equal(Number(new TextDecoder().decode(input.slice(0, 10))), input.length - 10);
  const body = JSON.parse(text);
  assert.deepEqual(body.arguments, { x: ["é"] });
  assert.deepEqual(body.modules.at(-1)[0], "oakum_probe");
});

Deno.test("every module of the programs comes after those that it imports", () => {
  const { modules } = JSON.parse(new TextDecoder().decode(programInput("step", {}).slice(10)));
  const seen = new Set<string>();
  for (const [name, text] of modules) {
    for (const [, needed] of text.matchAll(/^\s*from (oakum_\w+) import/gm)) {
      assert.ok(seen.has(needed), `${name} imports ${needed}`);
    }
    seen.add(name);
  }
});

Deno.test("pythonCommand() is the interpreter with a fixed text", () => {
  assert.deepEqual(pythonCommand("/a b/python").slice(0, 3), ["/a b/python", "-B", "-c"]);
});
