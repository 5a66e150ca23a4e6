import type { FingerprintRow } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { mendOf } from "./load_mend.ts";
import { lostSession } from "./tools.ts";

/** What a tool said before it gave up. */
export interface Said {
  readonly tool: string;
  readonly code: number;
  /** Its complaints, line by line. */
  readonly text: string;
  /** The last `from TOC entry` line of pg_restore. */
  readonly entry: string | undefined;
  /** What the dump makes, as its manifest has it. */
  readonly schema?: readonly FingerprintRow[];
}

/**
 * The failure of a tool that was killed, which says nothing about the dump; undefined for any other.
 * A pg_restore of several processes ends by itself when one of them is killed.
 */
export function killed({ tool, code, text }: Omit<Said, "entry">): OakumError | undefined {
  // It says the same of one that gave up because of an error, but then the error is there as well.
  const worker = /worker process (?:died|crashed)/.test(text) && !/(?:ERROR|FATAL):/.test(text);
  if (code !== 137 && code !== 143 && !worker) return undefined;
  return new OakumError("tool-killed", "failed", `${tool} was killed while it read the dump.`, {
    hint: "Is the machine out of memory? The dump may be as good as ever.",
    data: { tool, exitCode: code },
  });
}

/**
 * The failure of a tool whose session the server ended, as it does when one of its processes is
 * killed or it is stopped, or would not begin: nothing of it is the dump's fault. Undefined for any
 * other.
 */
function withoutSession({ tool, code, text }: Said): OakumError | undefined {
  const lost = lostSession(text) || /connection to server .* failed/.test(text);
  if (!lost || /ERROR:/.test(text)) return undefined;
  const said = lineAfter(text, /FATAL:\s+/) ?? text.split("\n").find(lostSession)?.trim();
  const message = `The server ended or refused ${tool}'s session: ${said ?? text}`;
  return new OakumError("load-cut", "failed", message, {
    hint: "Was it stopped, out of memory or full of sessions? Look at its log: docker logs. " +
      "The dump may be as good as ever.",
    data: { tool, exitCode: code, said: text },
  });
}

/** Turns what pg_restore or psql said into one sentence with the object, the SQL error and a mend. */
export function loadFailure(said: Said): OakumError {
  const { tool, code, text, entry, schema = [] } = said;
  const end = withoutSession(said) ?? killed(said);
  if (end) return end;
  const sqlError = lineAfter(text, /(?:ERROR|FATAL):\s+/) ?? lineAfter(text, OF_PSQL) ??
    firstComplaint(text) ?? `exit code ${code}`;
  // Warnings before it have details and hints of their own.
  const fault = text.slice(Math.max(0, text.search(/(?:ERROR|FATAL):/)));
  const object = objectOf(entry, text);
  const where = object ? ` at ${object}` : "";
  // A key names the row that is in the way; a whole row may hold what nobody should read here.
  const key = lineAfter(fault, /DETAIL:\s+(?=Key \()/);
  const what = key === undefined ? sqlError : `${sqlError}: ${key.replace(/\.$/, "")}`;
  return new OakumError("load-failed", "failed", `The dump does not restore${where}: ${what}`, {
    hint: mendOf(text, sqlError, schema) ?? lineAfter(fault, /HINT:\s+/) ?? OTHER_HINT,
    data: { tool, exitCode: code, object: object ?? null, error: sqlError, said: text },
  });
}

/** Before what psql says on its own account, which stands behind the warnings of the server. */
const OF_PSQL = /^psql:[^:]*:\d+: error: /;

function lineAfter(text: string, mark: RegExp): string | undefined {
  const line = text.split("\n").find((line) => mark.test(line));
  return line?.slice(line.search(mark)).replace(mark, "").trim();
}

function firstComplaint(text: string): string | undefined {
  return text.split("\n").find((line) => line.trim() !== "")?.replace(/^\w+: (?:error: )?/, "");
}

/** `217; 1259 16389 TABLE bids owner` → `table bids`; COPY names its table itself. */
function objectOf(entry: string | undefined, text: string): string | undefined {
  const table = /COPY failed for table "(.*?)"/.exec(text)?.[1];
  if (table) return `table "${table}"`;
  const [, kind, rest] =
    /^from TOC entry \d+; \d+ \d+ ([A-Z][A-Z ]*[A-Z]) (.*)$/.exec(entry ?? "") ??
      [];
  if (!kind || !rest) return undefined;
  return `${kind.toLowerCase()} ${rest.replace(/ (?:\(no owner\)|\S+)$/, "")}`;
}

const OTHER_HINT =
  "Mend that in the database that the backup is of and take a new backup, or use " +
  "an older one: oakum backups";
