import { duration } from "../../core/time.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import type { StepEvent } from "../../migrators/migrator.ts";
import type { StepFailure } from "../../reports/rehearsal.ts";
import { failureLines, failureMessage, isThereAlready } from "../migrate/failure.ts";

/** Failures of the way to the copy: they say nothing about the revision. */
const NOT_THE_REVISIONS = [
  ...[
    "wrong-server",
    "server-restarted",
    "wrong-database",
    "pooled",
    "session",
    "settings-lost",
    "moved",
  ],
  ...["out-of-order", "no-revision", "bad-arguments", "connection"],
];

/** SQLSTATE of a server whose disk is full; the copy's is another one than the real server's. */
const DISK_FULL = "53100";

/** Whether a failure is the revision's own, or that of the app with it. */
export function isRevisions({ kind, sqlstate }: FailureReply): boolean {
  return sqlstate !== DISK_FULL && !NOT_THE_REVISIONS.includes(kind);
}

/** Why the app's tool could not make a move on the copy, and what that means. */
export function stepFailure(failure: FailureReply, step: Step): StepFailure {
  const kind = kindOf(failure, step);
  const { file, line } = failure;
  const details = failureLines(failure);
  const message = SENTENCES[kind]?.(failure) ?? failureMessage(failure);
  return { kind, message, details, file, line };
}

function kindOf(failure: FailureReply, { direction, revision }: Step): string {
  if (failure.kind === `no-${direction}`) return "missing";
  if (failure.kind === "not-committed") return failure.kind;
  // What the server refused is no matter of files and networks, whatever words it quotes.
  if (isThereAlready(failure)) return "already-there";
  if (failure.sqlstate !== null) return "failed";
  if (revision[direction] === "raises") return "raises";
  if (READ_ONLY.test(said(failure))) return "read-only";
  return REACHES_OUT.test(said(failure)) ? "reaches-out" : "failed";
}

/** The message, and the exceptions that led to it: libraries wrap what the system said. */
function said({ message, traceback }: FailureReply): string {
  const causes = (traceback ?? "").split("\n").filter((line) => /^[\w.]+: /.test(line));
  return [message, ...causes].join("\n");
}

const READ_ONLY = /Read-only file system(?:: '(?<path>[^']+)')?/;
const REACHES_OUT = new RegExp(
  [
    ...["Network is unreachable", "No route to host", "Name or service not known"],
    ...["Temporary failure in name resolution", "No address associated with hostname"],
    ...["Name does not resolve", "getaddrinfo failed", "Connection refused"],
  ].join("|"),
);

const SENTENCES: Readonly<Record<string, (failure: FailureReply) => string>> = {
  "reaches-out": ({ message }) =>
    `It reaches for another server, and the copy has no network: ${message}`,
  "read-only": (failure) => {
    const path = READ_ONLY.exec(said(failure))?.groups?.["path"];
    return `It writes ${
      path ?? "a file"
    }, and what the copy of the app has mounted is read-only. ` +
      `A folder that it may write to is named in rehearsal.writable.`;
  },
};

/** A move that came to no end in time, with what it was busy with. */
export function hangs(events: readonly StepEvent[], timeoutMs: number): StepFailure {
  const message = `It had not ended after ${duration(timeoutMs)}`;
  return cutShort("hangs", message, events);
}

/** A move in the midst of which Python was killed, such as for want of memory. */
export function died({ message }: Error, events: readonly StepEvent[]): StepFailure {
  return cutShort("failed", message.replace(/\.$/, ""), events);
}

function cutShort(kind: string, message: string, events: readonly StepEvent[]): StepFailure {
  const { text, file, line } = lastSeen(events);
  return { kind, message: `${message}: ${text}.`, details: [], file, line };
}

interface Seen extends Pick<StepFailure, "file" | "line"> {
  readonly text: string;
}

function lastSeen(events: readonly StepEvent[]): Seen {
  for (const event of events.toReversed()) {
    if (event.event === "running") return { ...event, text: `it was busy with ${event.sql}` };
    if (event.event === "statement") return { ...event, text: `it had just done ${event.sql}` };
    if (event.event !== "working") continue;
    return { ...event, text: `it was busy at ${event.file}:${event.line}` };
  }
  return { file: null, line: null, text: "it had not come to a statement" };
}

/** A move of which the tool says that it was made, and the version table that it was not. */
export function notMoved({ headsAfter, revision }: Step, found: readonly string[]): StepFailure {
  const text = (heads: readonly string[]) => heads.join(", ") || "nothing";
  return {
    kind: "failed",
    message: `It ended well, but the version table says ${text(found)}, not ${text(headsAfter)}.`,
    details: [],
    file: revision.path,
    line: null,
  };
}
