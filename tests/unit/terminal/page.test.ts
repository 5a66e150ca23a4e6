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

Deno.test("a page breaks sentences between words on a terminal, and not in a pipe", () => {
  const sentence = "The database is down. Start it: docker compose up -d";
  const field = ["problem", "it is not running now"] as const;
  const person = memoryChannel({ columns: 24 });
  pageOn(person.channel, NOW, false).line(sentence);
  pageOn(person.channel, NOW, false).fields([field]);
  assert.equal(
    person.sink.text,
    "The database is down.\nStart it:\ndocker compose up -d\n" +
      "problem  it is not\n    running now\n",
  );
  const program = memoryChannel({ terminal: false, columns: 24 });
  pageOn(program.channel, NOW, false).line(sentence);
  pageOn(program.channel, NOW, false).fields([field]);
  assert.equal(program.sink.text, `${sentence}\nproblem\tit is not running now\n`);
});

Deno.test("verbatim() leaves what a program reads as it is, however wide", () => {
  const { channel, sink } = memoryChannel({ columns: 24 });
  pageOn(channel, NOW, false).verbatim("op.add_column('bids', sa.Column('cents'))");
  assert.equal(sink.text, "op.add_column('bids', sa.Column('cents'))\n");
});
