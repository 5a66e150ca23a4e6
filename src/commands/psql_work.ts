import { psql } from "../operations/psql.ts";
import { attachPipes, attachTerminal, ownTerminal } from "../terminal/attach.ts";
import type { PsqlOptions } from "./psql.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

const KILLED = 137;

/** `psql`. */
export async function psqlWork(session: Session, { args }: PsqlOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: true });
  const { context, server, target: { database: { name: database } } } = stand;
  const { stdin } = session;
  const interactive = stdin.terminal && Deno.stdout.isTerminal() && !worksAlone(args);
  const request = {
    database,
    args,
    terminal: interactive ? session.environment("TERM") || "xterm" : undefined,
    stdin: interactive || !stdin.terminal,
  };
  session.display.pause();
  const own = ownTerminal(stdin);
  const code = await psql(
    context,
    server,
    request,
    (exec) => interactive ? attachTerminal(exec, own) : attachPipes(exec, own, request.stdin),
  );
  if (code === KILLED) {
    const text = "psql was killed: is the machine, or psql's 1 GB, out of memory?";
    const hint = "Large results fit with: oakum psql -- -v FETCH_COUNT=1000";
    session.emit({ type: "warning", code: "psql-killed", text, hint });
  }
  return { exitCode: code, report: undefined, text: () => {} };
}

/** psql's options that take a value, which may look like an option itself. */
const WITH_VALUE =
  /^--(command|dbname|field-separator|file|host|log-file|output|port|pset|record-separator|set|table-attr|username|variable)$/;
const WORK_ALONE = /^--(command|file|list|version|help)(=|$)/;

/** Whether psql has its work in its arguments, and talks with nobody. */
export function worksAlone(args: readonly string[]): boolean {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return false;
    if (WORK_ALONE.test(arg)) return true;
    if (WITH_VALUE.test(arg)) at++;
    if (!/^-[^-]/.test(arg)) continue;
    // Up to the first that takes a value, letters after one dash are options of their own.
    const [, alone = "", taking, value] = /^-([^cdfFhLopPRTUv]*)(.)?(.*)$/s.exec(arg) ?? [];
    if (/[lV?]/.test(alone) || taking === "c" || taking === "f") return true;
    if (taking !== undefined && value === "") at++;
  }
  return false;
}
