import { OakumError } from "../core/errors.ts";
import { psql } from "../operations/psql.ts";
import { attachPipes, attachTerminal, ownTerminal } from "../terminal/attach.ts";
import type { PsqlOptions } from "./psql.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

/** Arguments by which psql works without asking: its stdin is then not for commands. */
const NOT_INTERACTIVE = /^(-c|-f|-l|-V|-\?|--command|--file|--list|--version|--help)/;

/** `psql`. */
export async function psqlWork(session: Session, { args }: PsqlOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: true });
  const { context, server, target: { database: { name: database } } } = stand;
  const interactive = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() &&
    !args.some((arg) => NOT_INTERACTIVE.test(arg));
  const terminal = interactive ? session.environment("TERM") ?? "xterm" : undefined;
  const stdin = interactive || !Deno.stdin.isTerminal();
  session.display.pause();
  const request = { database, args, terminal, stdin };
  const code = await psql(
    context,
    server,
    request,
    (exec) =>
      interactive ? attachTerminal(exec, ownTerminal()) : attachPipes(exec, ownTerminal(), stdin),
  );
  if (code !== 0) throw psqlFailed(code);
  return { report: undefined, text: () => {} };
}

function psqlFailed(code: number): OakumError {
  return new OakumError("psql-failed", "failed", `psql ended with exit code ${code}.`, {
    data: { exitCode: code },
  });
}
