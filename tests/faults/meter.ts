/** A place in the engine's multiplexed stream of an exec, before which everything is let through. */
export type Position =
  /** A byte of the stream as it is on the wire, frame headers included. */
  | { readonly bytes: number }
  /** A byte of what the command wrote to stdout. */
  | { readonly stdout: number }
  /** The border after the nth frame, or some bytes before or behind it. */
  | { readonly border: number; readonly offset?: number };

/** What went by: bytes on the wire, whole frames, bytes of stdout. */
export interface Measure {
  readonly bytes: number;
  readonly frames: number;
  readonly stdout: number;
}

const HEADER = 8;

/** Counts a multiplexed stream as it goes by, and finds a position in it. */
export class FrameMeter {
  #bytes = 0;
  #frames = 0;
  #stdout = 0;
  #header: number[] = [];
  #payload = 0;
  /** Where the position is, in bytes on the wire, once that can be said. */
  #target: number | undefined;

  constructor(private readonly position: Position | undefined) {
    if (position && "bytes" in position) this.#target = position.bytes;
    if (position && "border" in position && position.border === 0) {
      this.#target = position.offset ?? 0;
    }
  }

  get measure(): Measure {
    return { bytes: this.#bytes, frames: this.#frames, stdout: this.#stdout };
  }

  /** Takes a piece; answers how much of it lies before the position, undefined for all of it. */
  push(chunk: Uint8Array): number | undefined {
    const start = this.#bytes;
    for (let at = 0; at < chunk.length;) {
      if (this.#payload === 0) {
        this.#header.push(chunk[at++]!);
        this.#bytes++;
        if (this.#header.length === HEADER) this.#beginFrame();
      } else {
        const take = Math.min(this.#payload, chunk.length - at);
        this.#payload -= take;
        this.#bytes += take;
        at += take;
        if (this.#header[0] === 1) this.#stdout += take;
        if (this.#payload === 0) this.#endFrame();
      }
    }
    if (this.#target === undefined || this.#target > this.#bytes) return undefined;
    return Math.max(0, this.#target - start);
  }

  #beginFrame(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#header.slice(4);
    this.#payload = ((a * 256 + b) * 256 + c) * 256 + d;
    const { position } = this;
    if (position && "border" in position && position.border === this.#frames + 1) {
      this.#target = this.#bytes + this.#payload + (position.offset ?? 0);
    }
    const isStdout = this.#header[0] === 1;
    if (position && "stdout" in position && isStdout && this.#target === undefined) {
      const into = position.stdout - this.#stdout;
      if (into <= this.#payload) this.#target = this.#bytes + into;
    }
    if (this.#payload === 0) this.#endFrame();
  }

  #endFrame(): void {
    this.#frames++;
    this.#header = [];
  }
}
