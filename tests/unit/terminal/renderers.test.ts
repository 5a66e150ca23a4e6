import assert from "node:assert/strict";
import type { OakumEvent } from "../../../src/core/events.ts";
import { jsonLine } from "../../../src/terminal/json.ts";
import { pickRenderer, type RendererFacts } from "../../../src/terminal/pick.ts";
import { memoryChannel, screen, TestTime } from "./streams.ts";

const STEP: OakumEvent = { type: "step", step: "dump", text: "Dumping shop" };
const NOTE: OakumEvent = { type: "note", text: "42 tables" };
const WARNING: OakumEvent = {
  type: "warning",
  code: "no-globals",
  text: "Roles are not in it",
  hint: "Connect as a superuser",
};

function bytes(count: number): OakumEvent {
  return { type: "progress", step: "dump", bytes: count };
}

function stage(facts: Partial<RendererFacts>, terminal: boolean) {
  const time = new TestTime();
  const size = { columns: 80 };
  const out = memoryChannel({ terminal });
  const err = memoryChannel({ terminal, columns: () => size.columns });
  const renderer = pickRenderer({ out: out.channel, err: err.channel }, {
    json: false,
    quiet: false,
    verbose: false,
    long: true,
    dumb: false,
    now: time.now,
    every: time.every,
    ...facts,
  });
  return { time, size, renderer, out, err, shown: () => screen(err.sink.text) };
}

Deno.test("on a terminal progress is one live line that is erased at the end", () => {
  const { renderer, time, shown, err } = stage({}, true);
  renderer.emit(STEP);
  renderer.emit(bytes(2_000_000));
  time.pass(3000);
  assert.deepEqual(shown(), ["Dumping shop · 2.0 MB · 0:03"]);
  renderer.end();
  renderer.close();
  assert.deepEqual(shown(), [""]);
  assert.ok(err.sink.text.endsWith("\x1b[K"));
  assert.equal(time.timers, 0);
});

Deno.test("on a terminal notes and warnings stay above the live line", () => {
  const { renderer, shown } = stage({}, true);
  renderer.emit(STEP);
  renderer.emit(NOTE);
  renderer.emit(WARNING);
  assert.deepEqual(shown(), [
    "42 tables",
    "warning: Roles are not in it",
    "  Connect as a superuser",
    "Dumping shop · 0:00",
  ]);
});

Deno.test("on a terminal notes and warnings are broken between words, in a log they are not", () => {
  const told = (terminal: boolean) => {
    const { renderer, size, shown } = stage({}, terminal);
    size.columns = 24;
    renderer.emit({ ...WARNING, text: "Roles are not in this backup" });
    return shown().slice(0, 3);
  };
  assert.deepEqual(told(true), [
    "warning: Roles are not",
    "  in this backup",
    "  Connect as a superuser",
  ]);
  assert.deepEqual(told(false).slice(0, 1), ["warning: Roles are not in this backup"]);
});

Deno.test("on a terminal the live line follows the width", () => {
  const { renderer, time, size, shown } = stage({}, true);
  renderer.emit({ ...STEP, text: "Dumping ".repeat(30) });
  size.columns = 40;
  time.pass(100);
  assert.equal(shown()[0]?.length, 39);
});

Deno.test("on a terminal --verbose leaves a line for each finished step", () => {
  const { renderer, time, shown } = stage({ verbose: true }, true);
  renderer.emit(STEP);
  time.pass(1500);
  renderer.emit({ type: "step", step: "verify", text: "Reading it back" });
  assert.deepEqual(shown(), ["Dumping shop (1.5 s)", "Reading it back · 0:00"]);
});

Deno.test("a question ends the live line: it does not come back before the next step", () => {
  const { renderer, time, shown } = stage({}, true);
  renderer.emit(STEP);
  renderer.pause();
  time.pass(1000);
  assert.deepEqual(shown(), [""]);
  renderer.resume();
  time.pass(1000);
  assert.deepEqual(shown(), [""]);
  renderer.emit({ type: "step", step: "verify", text: "Reading it back" });
  assert.deepEqual(shown(), ["Reading it back · 0:00"]);
});

Deno.test("a step that starts while the live line is paused comes with the resume", () => {
  const { renderer, time, shown } = stage({}, true);
  renderer.pause();
  renderer.emit(STEP);
  time.pass(1000);
  assert.deepEqual(shown(), [""]);
  renderer.resume();
  assert.deepEqual(shown(), ["Dumping shop · 0:01"]);
});

Deno.test("in a log a long run has a line for each step and one every ten seconds", () => {
  const { renderer, time, shown } = stage({}, false);
  renderer.emit(STEP);
  for (let second = 1; second <= 25; second++) {
    renderer.emit(bytes(second * 1_000_000));
    time.pass(1000);
  }
  renderer.emit({ type: "step", step: "verify", text: "Reading it back" });
  renderer.end();
  time.pass(60_000);
  assert.deepEqual(shown(), [
    "Dumping shop",
    "  10 MB · 1.0 MB/s · 0:10",
    "  20 MB · 1.0 MB/s · 0:20",
    "Reading it back",
    "",
  ]);
});

Deno.test("TERM=dumb gets lines, although it is a terminal", () => {
  const { renderer, err } = stage({ dumb: true }, true);
  renderer.emit(STEP);
  assert.equal(err.sink.text, "Dumping shop\n");
});

Deno.test("in a pipe a short command tells notes and warnings, and no steps", () => {
  const { renderer, err } = stage({ long: false }, false);
  [STEP, NOTE, WARNING].forEach(renderer.emit);
  assert.equal(
    err.sink.text,
    "42 tables\nwarning: Roles are not in it\n  Connect as a superuser\n",
  );
});

Deno.test("--quiet tells warnings only", () => {
  const { renderer, err, out } = stage({ quiet: true }, true);
  [STEP, bytes(1), NOTE, WARNING].forEach(renderer.emit);
  renderer.end();
  renderer.close();
  assert.equal(err.sink.text, "warning: Roles are not in it\n  Connect as a superuser\n");
  assert.equal(out.sink.text, "");
});

Deno.test("--json gives a long run's events as lines on stdout, progress once a second", () => {
  const { renderer, time, out, err } = stage({ json: true }, false);
  renderer.emit(STEP);
  for (let i = 1; i <= 30; i++) {
    renderer.emit(bytes(i));
    time.pass(100);
  }
  renderer.emit(WARNING);
  const lines = out.sink.text.trim().split("\n").map((line): unknown => JSON.parse(line));
  assert.deepEqual(lines, [STEP, bytes(1), bytes(11), bytes(21), WARNING]);
  assert.equal(err.sink.text, "");
});

Deno.test("--json of a short command leaves stdout to the report", () => {
  const { renderer, out, err } = stage({ json: true, long: false }, false);
  [STEP, NOTE, WARNING].forEach(renderer.emit);
  assert.equal(out.sink.text, "");
  assert.match(err.sink.text, /^warning: Roles/);
});

Deno.test("warnings are repeated at the close when lines have followed them", () => {
  const { renderer, out, err } = stage({}, true);
  renderer.emit(WARNING);
  renderer.end();
  out.channel.line("Backed up shop");
  renderer.close();
  assert.equal(err.sink.text.match(/Roles are not in it/g)?.length, 2);
});

Deno.test("warnings are not repeated when nothing has followed them", () => {
  const { renderer, err } = stage({}, true);
  renderer.emit(WARNING);
  renderer.end();
  renderer.close();
  assert.equal(err.sink.text.match(/Roles are not in it/g)?.length, 1);
});

Deno.test("event texts cannot reach the terminal with control characters", () => {
  const { renderer, err } = stage({}, true);
  renderer.emit({ ...STEP, text: "Dumping \x1b]0;owned\x07" });
  renderer.emit({ ...WARNING, text: "odd\rname" });
  assert.ok(!err.sink.text.includes("\x1b]0;"));
  assert.ok(err.sink.text.includes("odd\\rname"));
});

Deno.test("jsonLine() is one line, also where values hold line feeds", () => {
  assert.equal(jsonLine({ text: "a\nb\u2028c" }), '{"text":"a\\nb\\u2028c"}');
});
