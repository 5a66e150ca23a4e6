import type { Keyboard } from "./loop.ts";

/** The process's own terminal on stdin. */
export function stdinKeyboard(): Keyboard {
  return {
    async read() {
      const buffer = new Uint8Array(1024);
      const count = await Deno.stdin.read(buffer);
      return count === null ? null : buffer.subarray(0, count);
    },
    setRaw: (raw) => Deno.stdin.setRaw(raw),
  };
}
