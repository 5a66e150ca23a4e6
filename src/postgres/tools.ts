/**
 * Puts PostgreSQL's own folders on the path where an image leaves them off it, then becomes the
 * tool. The tool and its arguments are arguments of the script, never part of its text.
 */
const ON_PATH = `command -v "$1" >/dev/null 2>&1 ||
for folder in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /opt/bitnami/postgresql/bin; do
  [ -x "$folder/$1" ] && PATH="$folder:$PATH" && break
done
`;

/** The command that runs one of PostgreSQL's tools as a single process. */
export function toolCommand(tool: string, args: readonly string[]): string[] {
  return ["sh", "-c", `${ON_PATH}exec "$@"`, "oakum", tool, ...args];
}

/** The lines of a script that print the server's version, as far as the image has the server. */
export const PRINT_VERSION = `set -- postgres\n${ON_PATH}postgres -V 2>/dev/null`;

/** The major version that `postgres --version` and its like print, such as 17. */
export function majorVersion(printed: string): number | undefined {
  const major = /\(PostgreSQL\) (\d+)/.exec(printed)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** How many bytes `trailer` adds to what a tool writes. */
export const TRAILER_BYTES = 32;

/**
 * The same, but after the tool's last byte a trailer follows on the same stream: a word of this run
 * and the exit code. A stream that was cut, even on a frame's border while the engine reports exit
 * code 0, is a stream without its trailer.
 */
export function toolCommandWithTrailer(
  tool: string,
  args: readonly string[],
  nonce: string,
): string[] {
  const script = `${ON_PATH}nonce=$2; tool=$1; shift 2
"$tool" "$@"; code=$?
printf 'oakum-end-%s-%03d\\n' "$nonce" "$code"; exit "$code"`;
  return ["sh", "-c", script, "oakum", tool, nonce, ...args];
}

/** What the trailer is for an exit code; `nonce` is 17 characters long. */
export function trailer(nonce: string, code: number): string {
  return `oakum-end-${nonce}-${String(code).padStart(3, "0")}\n`;
}

/** The exit code that a trailer carries; undefined for anything that is not this run's trailer. */
export function readTrailer(text: string, nonce: string): number | undefined {
  const code = /^oakum-end-([0-9a-f]{17})-(\d{3})\n$/.exec(text);
  return code?.[1] === nonce ? Number(code[2]) : undefined;
}

/** A nonce of the length that makes the trailer `TRAILER_BYTES` long. */
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 17);
}

/** Takes the last bytes off a stream of unknown length. */
export class TrailerFilter {
  #held = new Uint8Array(0);

  /** `bytes` is how many are held back; 0 where no trailer is to come. */
  constructor(private readonly bytes = TRAILER_BYTES) {}

  /** The bytes that are certain not to be the trailer. */
  push(chunk: Uint8Array): Uint8Array[] {
    const total = this.#held.length + chunk.length;
    if (this.bytes === 0) return [chunk];
    if (total <= this.bytes) {
      this.#held = concat(this.#held, chunk);
      return [];
    }
    const free = total - this.bytes;
    const fromHeld = Math.min(free, this.#held.length);
    const passed = [this.#held.subarray(0, fromHeld), chunk.subarray(0, free - fromHeld)];
    this.#held = concat(this.#held.subarray(fromHeld), chunk.subarray(free - fromHeld));
    return passed.filter((part) => part.length > 0);
  }

  /** What the stream ended with, as text. */
  get tail(): string {
    return new TextDecoder("latin1").decode(this.#held);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** PostgreSQL tools' complaints without their progress lines; at most the last 4000 characters. */
export class Complaints {
  #text = "";
  readonly #decoder = new TextDecoder();

  /** `onLine` is given each whole line of progress, such as `dumping contents of table "public.a"`. */
  constructor(private readonly onLine: (line: string) => void = () => {}) {}

  #pending = "";

  push(data: Uint8Array): void {
    const lines = (this.#pending + this.#decoder.decode(data, { stream: true })).split("\n");
    this.#pending = (lines.pop() ?? "").slice(-4000);
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const worth = /^\S+: (?:error|fatal|warning|detail|hint)|^(?:ERROR|FATAL|DETAIL|HINT|CONTEXT)/i;
    if (worth.test(line) || !/^pg_\w+: /.test(line)) {
      this.#text = `${this.#text}${line}\n`.slice(-4000);
    } else this.onLine(line.replace(/^pg_\w+: /, ""));
  }

  get text(): string {
    return (this.#text + this.#pending).trim();
  }

  /** The first line that says what went wrong, without the tool's name. */
  get firstError(): string {
    const lines = this.text.split("\n");
    const line = lines.find((text) => /error|fatal/i.test(text)) ?? lines[0] ?? "";
    return line.replace(/^pg_\w+: (?:error: )?/, "").trim();
  }
}
