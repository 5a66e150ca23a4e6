import assert from "node:assert/strict";
import { buildVerbs } from "../../../src/commands/program.ts";
import { exitCodeHelp } from "../../../src/commands/help.ts";
import { EXIT_CODES } from "../../../src/core/errors.ts";
import { VERSION } from "../../../src/core/version.ts";
import settings from "../../../deno.json" with { type: "json" };

Deno.test("the table of exit codes is complete", () => {
  for (const code of Object.values(EXIT_CODES)) {
    assert.match(exitCodeHelp(), new RegExp(`^ +${code}  \\S`, "m"));
  }
});

Deno.test("the version is that of deno.json", () => {
  assert.equal(VERSION, settings.version);
});

Deno.test("every command has a summary that fits its line, and a description", () => {
  const program = buildVerbs({ run: () => Promise.resolve() });
  for (const command of program.commands) {
    if (command.name().startsWith("__")) continue;
    assert.ok(command.summary().length > 0, command.name());
    assert.ok(command.summary().length <= 66, command.summary());
    assert.match(command.description(), /\.$/, command.name());
  }
});
