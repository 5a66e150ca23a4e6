import assert from "node:assert/strict";
import type { OakumError } from "../../../src/core/errors.ts";
import type { Output } from "../../../src/docker/frames.ts";
import { ProgramOutput } from "../../../src/migrators/alembic/program_output.ts";

const MARK = "the end of one";

/** What comes in these pieces; those of stderr begin with an exclamation mark. */
function outputOf(...pieces: readonly string[]): ProgramOutput {
  const encoder = new TextEncoder();
  async function* frames(): AsyncGenerator<Output> {
    for (const piece of pieces) {
      await Promise.resolve();
      const stream = piece.startsWith("!") ? "stderr" : "stdout";
      yield { stream, data: encoder.encode(piece.replace(/^!/, "")) };
    }
  }
  return new ProgramOutput(frames());
}

Deno.test("ProgramOutput hands out lines however they are cut, and none at the end", async () => {
  const output = outputOf('{"event":"ta', 'ken","at":1}\n\n{"event":"ready","at":2}\n{"event"');
  assert.deepEqual(await output.next(), { event: "taken", at: 1 });
  assert.deepEqual(await output.next(), { event: "ready", at: 2 });
  assert.equal(await output.next(), undefined);
});

Deno.test("ProgramOutput refuses a line that is none of a program's", async () => {
  await assert.rejects(outputOf("hello\n").next(), (error: OakumError) => {
    assert.deepEqual([error.code, error.data], ["program-garbled", { line: "hello" }]);
    return true;
  });
});

Deno.test("ProgramOutput gives up on a line without an end, at once where it is none of ours", async () => {
  const asked: string[] = [];
  async function* endless(first: string): AsyncGenerator<Output> {
    for (let text = first;; text = "x".repeat(2 ** 20)) {
      await Promise.resolve();
      asked.push(text);
      yield { stream: "stdout", data: new TextEncoder().encode(text) };
    }
  }
  const refused = (first: string) =>
    assert.rejects(new ProgramOutput(endless(first)).next(), { code: "program-garbled" });
  await refused("hello");
  assert.equal(asked.splice(0).length, 2);
  await refused('{"event":');
  assert.equal(asked.length, 33);
});

Deno.test("ProgramOutput puts a letter together that is cut in two", async () => {
  const line = new TextEncoder().encode('{"event":"failed","at":1,"error":"é"}\n');
  async function* bytes(): AsyncGenerator<Output> {
    for (const byte of line) {
      await Promise.resolve();
      yield { stream: "stdout", data: Uint8Array.of(byte) };
    }
  }
  await assert.rejects(new ProgramOutput(bytes()).next(), (error: OakumError) => {
    assert.match(String(error.data["line"]), /"é"\}$/);
    return true;
  });
});

Deno.test("ProgramOutput forgets what was printed up to its mark, however much follows", async () => {
  const long = "x".repeat(30_000);
  const output = outputOf("!of the first the en", `!d of one\n${long}`, "!of the second");
  assert.equal(await output.forgetTo(MARK), true);
  assert.equal(await output.next(), undefined);
  assert.equal(output.printed, (long + "of the second").slice(-20_000));
});

Deno.test("ProgramOutput keeps the end of what was printed, and says where a mark never comes", async () => {
  const output = outputOf(`!${"a".repeat(20_000)}`, "!b");
  assert.equal(await output.forgetTo(MARK), false);
  assert.equal(output.printed, `${"a".repeat(19_999)}b`);
});
