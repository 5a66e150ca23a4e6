import assert from "node:assert/strict";
import fc from "fast-check";
import type { ProgressEvent, StepEvent } from "../../../src/core/events.ts";
import {
  advance,
  elapsed,
  measureLine,
  type Progress,
  progressLine,
  rate,
} from "../../../src/terminal/progress.ts";
import { width } from "../../../src/terminal/width.ts";

const STEP: StepEvent = { type: "step", step: "dump", text: "Dumping shop from shop-db-1" };

function dumped(more: Partial<ProgressEvent>): ProgressEvent {
  return { type: "progress", step: "dump", ...more };
}

function after(...events: readonly (readonly [at: number, event: StepEvent | ProgressEvent])[]) {
  const progress = events.reduce<Progress | undefined>(
    (so, [at, event]) => advance(so, event, at),
    undefined,
  );
  assert.ok(progress);
  return progress;
}

Deno.test("advance() keeps what an event does not mention", () => {
  const progress = after(
    [0, STEP],
    [10, dumped({ bytes: 5, done: 1, total: 40, unit: "tables" })],
    [20, dumped({ done: 2 })],
  );
  assert.equal(measureLine(progress, 20), "5 B · 2/40 tables · 0:00");
});

Deno.test("advance() ignores progress of a step that is over", () => {
  const progress = after([0, STEP], [10, { type: "progress", step: "verify", bytes: 9 }]);
  assert.equal(measureLine(progress, 3000), "0:03");
});

Deno.test("rate() goes by the last seconds, and says nothing before there is something to go by", () => {
  assert.equal(rate(after([0, STEP])), undefined);
  const slowThenFast = after(
    [0, STEP],
    [10_000, dumped({ bytes: 1000 })],
    [11_000, dumped({ bytes: 1_001_000 })],
  );
  assert.equal(rate(slowThenFast), 1_000_000);
});

Deno.test("measureLine() shows a percentage only where the size is expected, and never 100", () => {
  const known = after([0, STEP], [1, dumped({ bytes: 50, expectedBytes: 100 })]);
  assert.match(measureLine(known, 1), /^50 % · 50 B · /);
  const grown = after([0, STEP], [1, dumped({ bytes: 300, expectedBytes: 100 })]);
  assert.match(measureLine(grown, 1), /^99 % /);
  assert.doesNotMatch(measureLine(after([0, STEP], [1, dumped({ bytes: 50 })]), 1), /%/);
});

Deno.test("elapsed() reads as a clock", () => {
  assert.deepEqual([0, 7_900, 750_000, 3_725_000].map(elapsed), [
    "0:00",
    "0:07",
    "12:30",
    "1:02:05",
  ]);
});

Deno.test("progressLine() leaves the item out before anything else", () => {
  const progress = after(
    [0, STEP],
    [1000, dumped({ bytes: 142e6, done: 12, total: 40, unit: "tables", item: "public.bids" })],
  );
  assert.equal(
    progressLine(progress, 3000, 79),
    "Dumping shop from shop-db-1 · 142 MB · 142 MB/s · 12/40 tables · 0:03",
  );
  assert.equal(
    progressLine(progress, 3000, 55),
    "Dumping shop from shop-… · 142 MB · 12/40 tables · 0:03",
  );
});

Deno.test("progressLine() never exceeds the columns, whatever the names", () => {
  const texts = fc.string({ unit: "grapheme", maxLength: 90 });
  const numbers = fc.option(fc.nat(), { nil: 0 });
  fc.assert(
    fc.property(
      texts,
      texts,
      numbers,
      fc.integer({ min: 1, max: 120 }),
      (text, item, bytes, columns) => {
        const progress = after([0, { ...STEP, text }], [400, dumped({ bytes, item, done: 3 })]);
        const line = progressLine(progress, 9000, columns);
        assert.ok(width(line) <= columns, line);
        assert.doesNotMatch(line, /[\r\n]/);
      },
    ),
  );
});
