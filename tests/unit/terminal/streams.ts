import { Channel } from "../../../src/terminal/channel.ts";
import type { Every } from "../../../src/terminal/renderer.ts";
import type { Sink } from "../../../src/terminal/sink.ts";

/** A stream in memory, with what was written to it. */
export class MemorySink implements Sink {
  readonly #decoder = new TextDecoder();
  text = "";

  constructor(readonly terminal: boolean, readonly most = Infinity) {}

  writeSync(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.most);
    this.text += this.#decoder.decode(taken, { stream: true });
    return taken.length;
  }

  isTerminal(): boolean {
    return this.terminal;
  }
}

/** A channel into memory. */
export function memoryChannel(
  { terminal = true, colour = false, columns = 80 }: {
    readonly terminal?: boolean;
    readonly colour?: boolean;
    readonly columns?: number | (() => number);
  } = {},
) {
  const sink = new MemorySink(terminal);
  const width = typeof columns === "number" ? () => columns : columns;
  return { sink, channel: new Channel({ sink, colour, columns: width }) };
}

/** Time and timers that stand still until a test moves them. */
export class TestTime {
  #now = 0;
  readonly #timers = new Set<{ every: number; due: number; call: () => void }>();

  readonly now = (): number => this.#now;

  readonly every: Every = (milliseconds, call) => {
    const timer = { every: milliseconds, due: this.#now + milliseconds, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** How many timers run. */
  get timers(): number {
    return this.#timers.size;
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    while (this.#now < end) {
      this.#now++;
      for (const timer of this.#timers) {
        if (timer.due > this.#now) continue;
        timer.due += timer.every;
        timer.call();
      }
    }
  }
}

/** What a terminal shows after these bytes: one row for each line feed, `\r` and erasing obeyed. */
export function screen(text: string): string[] {
  const rows = [""];
  let [row, column] = [0, 0];
  // deno-lint-ignore no-control-regex -- terminal sequences
  for (const [piece, code, letter] of text.matchAll(/\x1b\[\??(\d*)([A-Za-z])|[^\x1b]/gu)) {
    if (letter === "K") rows[row] = (rows[row] ?? "").slice(0, column);
    else if (letter === "J") rows.splice(row, rows.length, (rows[row] ?? "").slice(0, column));
    else if (letter === "A") row = Math.max(0, row - Number(code || 1));
    else if (letter) continue;
    else if (piece === "\r") column = 0;
    else if (piece === "\n") {
      row++;
      column = 0;
      rows[row] ??= "";
    } else {
      const line = rows[row] ?? "";
      rows[row] = line.slice(0, column).padEnd(column) + piece + line.slice(column + 1);
      column++;
    }
  }
  return rows;
}
