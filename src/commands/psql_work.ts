import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { psql } from "../operations/psql.ts";
import { attachPipes, attachTerminal, type OwnStdin, ownTerminal } from "../terminal/attach.ts";
import type { PsqlOptions } from "./psql.ts";
import { scriptsOf, withStdinFor, worksAlone } from "./psql_arguments.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

const KILLED = 137;

/** `psql`. */
export async function psqlWork(session: Session, { args }: PsqlOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: true });
  const { context, server, target: { database: { name: database } } } = stand;
  const { stdin } = session;
  const interactive = stdin.terminal && Deno.stdout.isTerminal() && !worksAlone(args);
  const script = await scriptOf(session, args);
  using file = script && await Deno.open(script.path);
  const request = {
    database,
    args: [
      // A script that failed must not look as if it had not.
      ...interactive ? [] : ["--variable=ON_ERROR_STOP=1"],
      ...script ? withStdinFor(args, script.name) : args,
    ],
    terminal: interactive ? session.environment("TERM") || "xterm" : undefined,
    stdin: interactive || !stdin.terminal || file !== undefined,
  };
  session.display.pause();
  const own = ownTerminal(file ? reading(file) : stdin);
  const code = await psql(
    context,
    server,
    request,
    (exec) => interactive ? attachTerminal(exec, own) : attachPipes(exec, own, request.stdin),
  );
  if (code === KILLED) {
    const text = "psql was killed: is the machine, or psql's 1 GB, out of memory?";
    const hint = "Large results fit with: oakum psql -v FETCH_COUNT=1000";
    session.emit({ type: "warning", code: "psql-killed", text, hint });
  }
  return { exitCode: code, report: undefined, text: () => {} };
}

/** The only script that is named, where it lies on this machine; psql runs elsewhere. */
async function scriptOf(session: Session, args: readonly string[]) {
  const scripts = scriptsOf(args);
  const [first, ...more] = scripts;
  if (first === undefined) return undefined;
  const path = session.path(first);
  // A file of the image psql finds itself, and says so where there is none.
  if (!await Deno.stat(path).then(({ isDirectory }) => !isDirectory, () => false)) return undefined;
  if (more.length === 0) return { name: first, path };
  throw new OakumError(
    "several-scripts",
    "usage",
    `oakum psql takes one script from this machine, and not ${scripts.length}.`,
    {
      hint: `Give them one after the other: cat ${scripts.map(shellWord).join(" ")} | oakum psql`,
      data: { scripts },
    },
  );
}

/** A script in the place of what is typed. */
function reading(file: Deno.FsFile): OwnStdin {
  const buffer = new Uint8Array(64 * 1024);
  return {
    read: async () => {
      const read = await file.read(buffer);
      return read === null ? null : buffer.slice(0, read);
    },
    setRaw: () => {},
  };
}
