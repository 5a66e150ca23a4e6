import assert from "node:assert/strict";
import { both } from "../../src/core/both.ts";

const still = () => new AbortController().signal;

/** Goes on until it is stopped, and takes a moment to end. */
async function untilStopped(stop: AbortSignal, ended: () => void): Promise<never> {
  await new Promise((resolve) => stop.addEventListener("abort", resolve));
  await Promise.resolve();
  ended();
  throw new Error("an echo");
}

Deno.test("both() answers with what both of them made", async () => {
  const made = await both(still(), () => Promise.resolve(1), () => Promise.resolve("a"));
  assert.deepEqual(made, [1, "a"]);
});

Deno.test("both() ends the other one, waits for it, and throws the first failure", async () => {
  const cause = new Error("the cause");
  const failing = () => Promise.reject(cause);
  for (const first of [true, false]) {
    let ended = false;
    const other = (stop: AbortSignal) => untilStopped(stop, () => ended = true);
    const done = first ? both(still(), failing, other) : both(still(), other, failing);
    await assert.rejects(done, cause);
    assert.ok(ended);
  }
});

Deno.test("both() ends both where the run is aborted, with the run's own reason", async () => {
  const run = new AbortController();
  const reason = new Error("Ctrl-C");
  let ended = 0;
  const work = (stop: AbortSignal) => untilStopped(stop, () => ended++);
  const done = both(run.signal, work, work);
  run.abort(reason);
  await assert.rejects(done, reason);
  assert.equal(ended, 2);
});
