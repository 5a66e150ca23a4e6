import assert from "node:assert/strict";
import { localTime, pageOn } from "../../../src/terminal/page.ts";
import { memoryChannel } from "./streams.ts";

const NOW = new Date("2026-11-22T14:44:00Z");

Deno.test("fields() aligns values on a terminal, wide labels included", () => {
  const { channel, sink } = memoryChannel();
  pageOn(channel, NOW, false).fields([["stack", "shop"], ["注文", "a\nb"]]);
  assert.equal(sink.text, "stack  shop\n注文   a\n       b\n");
});

Deno.test("fields() gives labels and values with tabs in a pipe, a line each", () => {
  const { channel, sink } = memoryChannel({ terminal: false });
  pageOn(channel, NOW, false).fields([["stack", "shop"], ["note", "a\nb"]]);
  assert.equal(sink.text, "stack\tshop\nnote\ta\\nb\n");
});

Deno.test("time() is local and relative for a person, RFC 3339 for a program", () => {
  const instant = new Date("2026-11-22T14:39:14Z");
  const person = pageOn(memoryChannel().channel, NOW, false);
  assert.equal(person.time(instant), `${localTime(instant)} (4 minutes ago)`);
  const program = pageOn(memoryChannel({ terminal: false }).channel, NOW, false);
  assert.equal(program.time(instant), "2026-11-22T14:39:14Z");
});
