import assert from "node:assert/strict";
import type { Check } from "../../../../src/reports/doctor.ts";
import { pageOn } from "../../../../src/terminal/page.ts";
import { showDoctor } from "../../../../src/terminal/views/doctor.ts";
import { memoryChannel } from "../streams.ts";

const check = (level: Check["level"], text: string, mend: string | null = null): Check => ({
  ...{ name: "wrong-port", level, text, mend },
});

function shown(checks: readonly Check[], terminal = true): string {
  const { channel, sink } = memoryChannel({ terminal });
  showDoctor(
    { kind: "doctor", checks, ended: [], place: null },
    pageOn(channel, new Date(0), false),
  );
  return sink.text;
}

Deno.test("a person sees the troubles first, with what mends each below it", () => {
  const checks = [check("ok", "Fine."), check("trouble", "Broken.", "oakum upgrade")];
  assert.equal(shown(checks), "trouble: Broken.\n  → oakum upgrade\nok: Fine.\n1 trouble found.\n");
});

Deno.test("what could not be looked at is not called well", () => {
  const said = shown([check("not-checked", "Nobody knows.")]);
  assert.match(said, /\nNo trouble found\. 1 check could not be made\.\n$/);
});

Deno.test("a name with a line feed makes no line of its own", () => {
  assert.match(shown([check("trouble", "no \nok: all is well")]), /^trouble: no \\nok: all is/);
});

Deno.test("a pipe gets one line a check: level, name, text, mend", () => {
  const line = "trouble\twrong-port\tBroken.\toakum upgrade\n";
  assert.equal(shown([check("trouble", "Broken.", "oakum upgrade")], false), line);
});
