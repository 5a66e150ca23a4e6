/** What psql or the server complained of. */
export interface Complaint {
  /** The line that psql was at: the one that ends the statement. */
  readonly line: number | undefined;
  /** Empty where psql itself says it. */
  readonly sqlState: string;
  readonly message: string;
  /** The server's own detail, such as the key that is there twice. */
  readonly detail: string | undefined;
  /** Which row of a COPY it is about, from 1. */
  readonly row: number | undefined;
}

const PREFIX = /^psql:[^:]*:(\d+): (.*)$/;
/** Severity, in whatever language, then the SQLSTATE: psql's verbose form. */
const SERVER = /^([^:]{1,40}): {2}([0-9A-Z]{5}): (.*)$/;
/** Not an error, whatever the SQLSTATE is. */
const HARMLESS = /^(DEBUG|LOG|INFO|NOTICE|WARNING)$/;
const LONGEST = 10_000;

/**
 * Reads what psql writes to stderr, with VERBOSITY verbose. Whatever is not known to be harmless is a
 * complaint: the server may speak any language, and psql says in many ways what it did not do.
 */
export class Complaints {
  /** The last line that psql wrote. */
  lastLine = "";
  readonly #decoder = new TextDecoder();
  #rest = "";
  #open: Complaint | "harmless" | undefined;

  constructor(private readonly onComplaint: (complaint: Complaint) => void) {}

  push(data: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, LONGEST);
    for (const line of lines) this.#take(line);
  }

  end(): void {
    this.#take(this.#rest);
    this.#close();
  }

  #take(line: string): void {
    if (line.trim() === "") return;
    this.lastLine = line.trim();
    const [, at, said] = PREFIX.exec(line) ?? [];
    if (said !== undefined) return this.#begin(Number(at), said);
    const detail = /^DETAIL: {2}(.*)$/.exec(line)?.[1];
    if (this.#open === undefined) this.#begin(undefined, line);
    else if (this.#open !== "harmless" && detail) this.#open = { ...this.#open, detail };
    const row = /^CONTEXT: {2}COPY \S+, line (\d+)/.exec(line)?.[1];
    if (typeof this.#open === "object" && row) this.#open = { ...this.#open, row: Number(row) };
  }

  #begin(line: number | undefined, said: string): void {
    this.#close();
    const [, severity, sqlState, message] = SERVER.exec(said) ?? [];
    if (severity === undefined) {
      const own = said.replace(/^(error|fatal): /, "");
      this.#open = { line, sqlState: "", message: own, detail: undefined, row: undefined };
    } else if (HARMLESS.test(severity) || /^0[0-2]/.test(sqlState!)) this.#open = "harmless";
    else {this.#open = {
        line,
        sqlState: sqlState!,
        message: message!,
        detail: undefined,
        row: undefined,
      };}
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open && open !== "harmless") this.onComplaint(open);
  }
}
