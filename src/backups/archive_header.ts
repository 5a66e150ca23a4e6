/** What the head of pg_dump's own formats says. */
export interface ArchiveHeader {
  /** The major version of the server that was dumped; undefined where it cannot be read. */
  readonly server: number | undefined;
  /** The major version of the pg_dump that wrote it. */
  readonly tool: number | undefined;
}

const UNKNOWN: ArchiveHeader = { server: undefined, tool: undefined };
/** Since this version of the format a byte says how it is packed, and before a number. */
const PACKED_BY_NAME = 15;
const DATE_PARTS = 7;

/** Reads the versions out of a dump in custom format, or out of another format's `toc.dat`. */
export function archiveHeader(head: Uint8Array): ArchiveHeader {
  if (head.length < 16 || head[5] !== 1) return UNKNOWN;
  const reader = new Reader(head, 11, head[8]!);
  if (head[6]! >= PACKED_BY_NAME) reader.at++;
  else reader.number();
  for (let part = 0; part < DATE_PARTS; part++) reader.number();
  reader.text();
  const [server, tool] = [reader.text(), reader.text()];
  return { server: majorOf(server), tool: majorOf(tool) };
}

function majorOf(version: string): number | undefined {
  const major = /^\d+/.exec(version)?.[0];
  return major === undefined ? undefined : Number(major);
}

/** Numbers are a sign and bytes, the lowest first; texts are their length and their bytes. */
class Reader {
  constructor(private readonly bytes: Uint8Array, public at: number, readonly size: number) {}

  number(): number {
    const negative = this.bytes[this.at] !== 0;
    const digits = this.bytes.subarray(this.at + 1, this.at + 1 + this.size);
    this.at += 1 + this.size;
    const value = digits.reduceRight((sum, byte) => sum * 256 + byte, 0);
    return negative ? -value : value;
  }

  text(): string {
    const length = Math.max(0, this.number());
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }
}
