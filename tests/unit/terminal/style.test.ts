import assert from "node:assert/strict";
import { colourStyle, plainStyle, type Tone, useColour } from "../../../src/terminal/style.ts";
import { defused } from "../../../src/terminal/printable.ts";

const TONES: readonly Tone[] = ["strong", "dim", "good", "warn", "bad", "accent"];

function environment(variables: Readonly<Record<string, string>>) {
  return (name: string) => variables[name];
}

Deno.test("useColour() needs a terminal that is not dumb, and nobody who declines", () => {
  const facts = { terminal: true, wanted: true, environment: environment({ TERM: "xterm" }) };
  assert.ok(useColour(facts));
  assert.ok(!useColour({ ...facts, terminal: false }));
  assert.ok(!useColour({ ...facts, wanted: false }));
  assert.ok(!useColour({ ...facts, environment: environment({ NO_COLOR: "1" }) }));
  assert.ok(!useColour({ ...facts, environment: environment({ TERM: "dumb" }) }));
  assert.ok(useColour({ ...facts, environment: environment({ NO_COLOR: "" }) }));
});

Deno.test("every tone passes the guard in front of the terminal", () => {
  for (const tone of TONES) {
    const text = colourStyle(tone, "x");
    assert.notEqual(text, "x");
    assert.equal(defused(text, true), text);
    assert.equal(plainStyle(tone, "x"), "x");
  }
});
