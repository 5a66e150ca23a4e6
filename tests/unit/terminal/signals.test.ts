import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import { type EndingSignal, watchSignals } from "../../../src/terminal/signals.ts";

function watched() {
  const controller = new AbortController();
  const calls = new Map<EndingSignal, () => void>();
  const state = { now: 0, left: 0 };
  watchSignals({
    controller,
    leave: () => void state.left++,
    now: () => state.now,
    listen: (signal, call) => void calls.set(signal, call),
  });
  const send = (signal: EndingSignal, at: number) => {
    state.now = at;
    calls.get(signal)?.();
  };
  return { controller, state, send };
}

Deno.test("the first signal aborts with a reason that ends in exit code 130", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const { controller, send, state } = watched();
    send(signal, 0);
    assert.ok(controller.signal.reason instanceof OakumError);
    assert.equal(controller.signal.reason.outcome, "interrupted");
    assert.match(
      controller.signal.reason.message,
      new RegExp(signal === "SIGINT" ? "Ctrl-C" : signal),
    );
    assert.equal(state.left, 0);
  }
});

Deno.test("a second SIGINT or SIGTERM leaves at once", () => {
  const { send, state } = watched();
  send("SIGINT", 0);
  send("SIGTERM", 2000);
  assert.equal(state.left, 1);
});

Deno.test("the same Ctrl-C that arrives twice within a moment counts once", () => {
  const { send, state } = watched();
  send("SIGINT", 0);
  send("SIGINT", 5);
  assert.equal(state.left, 0);
});

Deno.test("a closing terminal that sends SIGHUP twice does not cut the clean-up short", () => {
  const { send, state } = watched();
  send("SIGHUP", 0);
  send("SIGHUP", 2000);
  assert.equal(state.left, 0);
});
