import find from "./find.sh" with { type: "text" };

/** A Python of the app's container that can import Alembic. */
export interface Interpreter {
  readonly path: string;
  /** As its package says, or "unknown". */
  readonly alembic: string;
  /** Where it was found, for people. */
  readonly why: string;
}

/** The command that looks for interpreters; `folders` may hold a virtual environment. */
export function findCommand(folders: readonly string[] = []): readonly string[] {
  return ["sh", "-c", find, "find", ...folders];
}

/** The interpreters in what that command wrote, the likeliest first. */
export function parseInterpreters(output: string): readonly Interpreter[] {
  return rowsOf(output).flatMap(([kind, path, alembic, why]) =>
    kind === "python" && path && alembic && why ? [{ path, alembic, why }] : []
  );
}

/**
 * As whom the app runs, as `uid:gid`; nothing where that command ran as the same. Programs must run
 * as that user: nobody else can read the environment of a process, not even root in a container.
 */
export function parseAppUser(output: string): string | undefined {
  const rows = rowsOf(output);
  const self = rows.find(([kind]) => kind === "self");
  const processes = rows.filter(([kind]) => kind === "process");
  const app = processes.find(([, , , , name = ""]) => PYTHON.test(name)) ?? processes[0];
  const [, , uid, gid] = app ?? [];
  if (!uid || !gid || uid === self?.[1]) return undefined;
  return `${uid}:${gid}`;
}

function rowsOf(output: string): readonly (readonly string[])[] {
  return output.split("\n").map((line) => line.split("\t"));
}

const PYTHON = /python|gunicorn|uvicorn|uwsgi|celery|hypercorn|granian|daphne|flask/;

/**
 * Interpreters to try one after the other in a container without a shell. A command that is not
 * there ends with 126 or 127, or Docker says that it cannot be executed.
 */
export function likelyInterpreters(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const named = command.filter((word) => /(^|\/)python[0-9.]*$/.test(word));
  const homes = [environment["VIRTUAL_ENV"], environment["CONDA_PREFIX"]].filter((home) => !!home);
  const usual = ["/app/.venv", "/venv", "/opt/venv", "/srv/venv", "/usr/local", "/usr"];
  const paths = [...homes, ...usual].map((home) => `${home}/bin/python3`);
  return [...new Set([...named, ...paths, "python3", "python"])];
}
