import assert from "node:assert/strict";
import { Channel } from "../../../src/terminal/channel.ts";
import type { Sink } from "../../../src/terminal/sink.ts";
import { memoryChannel, MemorySink } from "./streams.ts";

function channelOn(sink: Sink): Channel {
  return new Channel({ sink, colour: false, columns: () => 80 });
}

function failing(error: Error): Sink & { calls: number } {
  return {
    calls: 0,
    isTerminal: () => false,
    writeSync() {
      this.calls++;
      throw error;
    },
  };
}

Deno.test("Channel writes everything when the stream takes it in pieces", () => {
  const sink = new MemorySink(false, 3);
  channelOn(sink).line("Größe: 注文データ");
  assert.equal(sink.text, "Größe: 注文データ\n");
});

Deno.test("Channel waits when the stream would block", () => {
  const sink = new MemorySink(false);
  let busy = 3;
  const slow: Sink = {
    isTerminal: () => false,
    writeSync(bytes) {
      if (busy-- > 0) throw new Deno.errors.WouldBlock("busy");
      return sink.writeSync(bytes);
    },
  };
  channelOn(slow).line("late");
  assert.equal(sink.text, "late\n");
});

Deno.test("Channel is quiet about a broken pipe and stops writing", () => {
  const sink = failing(new Deno.errors.BrokenPipe("gone"));
  const channel = channelOn(sink);
  channel.line("one");
  channel.line("two");
  assert.equal(sink.calls, 1);
  assert.equal(channel.failure, undefined);
});

Deno.test("Channel remembers any other failure instead of throwing it", () => {
  const channel = channelOn(failing(new Error("No space left on device")));
  channel.line("one");
  assert.equal(channel.failure, "No space left on device");
});

Deno.test("Channel never passes a control character of a caller's", () => {
  const { channel, sink } = memoryChannel();
  channel.line("name \x1b]0;owned\x07");
  assert.equal(sink.text, "name \\x1b]0;owned\\x07\n");
});
