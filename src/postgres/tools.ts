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

/** What a look around in a sidecar tells. */
export interface SidecarFacts {
  /** The server's major version, such as 17; undefined where its program does not run. */
  readonly major: number | undefined;
  /** The version of pg_dump, such as `17.2`; undefined where it does not run. */
  readonly pgDump: string | undefined;
  /** Processor cores, 1 where nobody says. */
  readonly cores: number;
}

/** A script that prints the versions of server and pg_dump, each with its name, and the cores. */
export const LOOK_AROUND = `for tool in postgres pg_dump; do set -- "$tool"
${ON_PATH}"$1" --version 2>/dev/null
done
echo "cores $(nproc)"`;

/** Reads what `LOOK_AROUND` printed. */
export function readFacts(printed: string): SidecarFacts {
  const major = /^postgres \([^)]*\) (\d+)/m.exec(printed)?.[1];
  const pgDump = /^pg_dump \([^)]*\) (\d+(?:\.\d+)+|\d+\S*)/m.exec(printed)?.[1];
  const cores = Number(/^cores (\d+)$/m.exec(printed)?.[1] ?? 1);
  return { major: major === undefined ? undefined : Number(major), pgDump, cores };
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

const LOST_SESSION = new RegExp(
  [
    "server closed the connection",
    "terminating connection",
    "could not (?:receive|send) data",
    "could not connect",
    "connection to server .* failed: .*(?:refused|No such file)",
    "database system is",
  ].join("|"),
);

/** Whether a tool says, in English, that the server ended its session or is not there any more. */
export function lostSession(complaints: string): boolean {
  return LOST_SESSION.test(complaints);
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
