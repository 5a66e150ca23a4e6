import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import { type FailureManners, failureOf, showFailure } from "../../../src/terminal/failure.ts";
import { memoryChannel } from "./streams.ts";

const TEXT: FailureManners = { json: false, stream: false, verbose: false };
const LOCKED = new OakumError("run-locked", "locked", "Another run has shop:\npid 7", {
  hint: "Wait for it.",
  data: { pid: 7 },
  cause: new Error("advisory lock"),
});

function shown(thrown: unknown, manners: FailureManners) {
  const out = memoryChannel({ terminal: false });
  const err = memoryChannel({ terminal: false });
  showFailure({ out: out.channel, err: err.channel }, thrown, manners);
  return { out: out.sink.text, err: err.sink.text };
}

Deno.test("an expected error shows its message and its hint on stderr, and no stack", () => {
  const { out, err } = shown(LOCKED, TEXT);
  assert.equal(err, "error: Another run has shop:\n  pid 7\nhint: Wait for it.\n");
  assert.equal(out, "");
});

Deno.test("an expected error shows its causes with --verbose", () => {
  assert.match(shown(LOCKED, { ...TEXT, verbose: true }).err, /\ncause: Error: advisory lock\n/);
});

Deno.test("with --json the error is a document on stdout", () => {
  const { out, err } = shown(LOCKED, { ...TEXT, json: true });
  const error = {
    code: "run-locked",
    message: "Another run has shop:\npid 7",
    hint: "Wait for it.",
    data: { pid: 7 },
    exitCode: 11,
  };
  assert.deepEqual(JSON.parse(out), { error });
  assert.equal(err, "");
  const streamed = shown(LOCKED, { ...TEXT, json: true, stream: true }).out;
  assert.deepEqual(JSON.parse(streamed), { type: "error", error });
  assert.equal(streamed.trim().split("\n").length, 1);
});

Deno.test("anything else shows its stack and that it is a defect, with the version", () => {
  const { err } = shown(new TypeError("x is not a function"), TEXT);
  assert.match(err, /^defect: TypeError: x is not a function\n.*failure\.test\.ts/);
  assert.match(err, /a defect of oakum: .* oakum \d+\.\d+\.\d+ \(/);
  assert.equal(failureOf("thrown text").exitCode, 1);
});

Deno.test("text of an error cannot pass for another line of oakum's", () => {
  const { err } = shown(new OakumError("x", "failed", "bad name\nhint: rm -rf /\x1b[2J"), TEXT);
  assert.equal(err, "error: bad name\n  hint: rm -rf /\\x1b[2J\n");
});

Deno.test("on a terminal an error is broken between words, further lines indented", () => {
  const err = memoryChannel({ columns: 40 });
  const error = new OakumError("x", "failed", "The server of the stack does not answer.", {
    hint: "Look whether it is up: oakum doctor --project shop",
  });
  showFailure({ out: memoryChannel().channel, err: err.channel }, error, TEXT);
  assert.equal(
    err.sink.text,
    "error: The server of the stack does not\n  answer.\n" +
      "hint: Look whether it is up:\n  oakum doctor --project shop\n",
  );
});
