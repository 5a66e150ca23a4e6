/** A stream that bytes are written to: the process's stdout and stderr, or a test's. */
export interface Sink {
  /** Writes some of the bytes, at least one, and says how many. */
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

const encoder = new TextEncoder();
const bell = new Int32Array(new SharedArrayBuffer(4));

/** Writes the whole text, also where the stream takes it in pieces or is not ready at once. */
export function writeAll(sink: Sink, text: string): void {
  let rest = encoder.encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(sink.writeSync(rest));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(bell, 0, 0, 2);
    }
  }
}
