import assert from "node:assert/strict";
import { Journal } from "../../../src/backups/journal.ts";
import { readJournal, unfinished } from "../../../src/backups/journal_read.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { systemClock } from "../../../src/core/time.ts";
import { journaled } from "../../../src/operations/journaled.ts";
import { asUnchanged } from "../../../src/operations/restore/unchanged.ts";
import { isSwapUnknown, swapUnknown } from "../../../src/postgres/swap_outcome.ts";

const PLAN = { database: "shop", replaces: null, roles: [] };
const STILL = new AbortController().signal;

Deno.test("asUnchanged() promises nothing after a swap that nobody knows the outcome of", () => {
  const unknown = swapUnknown("shop", new Error("Connection lost"));
  assert.equal(asUnchanged(unknown, PLAN, STILL), unknown);
  assert.equal(asUnchanged(unknown, PLAN, AbortSignal.abort()), unknown);
});

Deno.test("asUnchanged() says of any other failure that nothing was changed", () => {
  const error = asUnchanged(new Error("Connection lost"), PLAN, STILL);
  assert.ok(error instanceof OakumError);
  assert.deepEqual([error.code, error.outcome], ["restore-failed", "unchanged"]);
});

const INTERRUPTION = new OakumError("interrupted", "interrupted", "Interrupted by Ctrl-C.");

Deno.test("asUnchanged() says of an interruption where the database and the copy are", () => {
  const signal = AbortSignal.abort(INTERRUPTION);
  const said = (copy: { made: boolean; left: boolean }) => {
    const error = asUnchanged(new Error("cut"), { ...PLAN, replaces: { bytes: 1 } }, signal, copy);
    assert.ok(error instanceof OakumError);
    assert.deepEqual([error.code, error.outcome], ["interrupted", "interrupted"]);
    return error.message;
  };
  const whole = 'Interrupted by Ctrl-C. "shop" is as it was.';
  assert.equal(said({ made: true, left: false }), `${whole} The copy was dropped.`);
  assert.equal(said({ made: true, left: true }), whole);
  assert.equal(said({ made: false, left: false }), whole);
});

Deno.test("journaled() leaves a step of unknown outcome unfinished, and ends any other", async () => {
  const folder = await Deno.makeTempDir({ prefix: "oakum-test-" });
  try {
    const journal = new Journal(folder, "0123456789", systemClock);
    const step = {
      operation: "restore",
      step: "swap",
      data: {},
      isUnknown: isSwapUnknown,
    } as const;
    for (const error of [new Error("busy"), swapUnknown("shop", undefined)]) {
      await assert.rejects(journaled(journal, step, () => Promise.reject(error)));
    }
    const { entries } = await readJournal(journal.path);
    assert.deepEqual(unfinished(entries).map(({ id }) => id), ["0123456789.2"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
