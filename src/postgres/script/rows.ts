import { BYTE } from "./bytes.ts";

/** Reads the rows of a COPY, up to the line that ends them. */
export class RowReader {
  /** How many came. */
  count = 0;
  #atStart = true;

  /** Reads on; answers how far, and whether they ended there or what comes next decides. */
  read(
    bytes: Uint8Array,
    from: number,
    final: boolean,
  ): { at: number; ended: boolean; more: boolean } {
    for (let at = from; at < bytes.length;) {
      const length = this.#atStart ? endOfRows(bytes, at, final) : 0;
      if (length !== 0) {
        return { at: at + Math.max(0, length), ended: length > 0, more: length < 0 };
      }
      const end = bytes.indexOf(BYTE.lineFeed, at);
      this.#atStart = end >= 0;
      if (end < 0) break;
      this.count++;
      at = end + 1;
    }
    return { at: bytes.length, ended: false, more: false };
  }
}

/** How long the line is that ends the rows of a COPY; 0 where it is none, -1 where more must come. */
function endOfRows(bytes: Uint8Array, at: number, final: boolean): number {
  const unknown = (ahead: number) => at + ahead >= bytes.length && !final;
  if (bytes[at] !== BYTE.backslash) return 0;
  if (unknown(1)) return -1;
  if (bytes[at + 1] !== BYTE.dot) return 0;
  if (unknown(2)) return -1;
  const length = bytes[at + 2] === BYTE.carriageReturn ? 3 : 2;
  if (unknown(length)) return -1;
  const next = bytes[at + length];
  return next === BYTE.lineFeed || next === undefined ? length : 0;
}
