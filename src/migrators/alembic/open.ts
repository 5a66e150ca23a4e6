import { OakumError } from "../../core/errors.ts";
import { type CommandHost, runCommand } from "../../docker/run.ts";
import { Alembic, type Tell } from "./alembic.ts";
import { findCommand, likelyInterpreters, parseInterpreter } from "./interpreters.ts";
import { ServedRuns, SingleRuns } from "./program_runs.ts";

/** What is known of the app before its container is asked. */
export interface AlembicHints {
  /** The folder that Alembic is run in, where a person said so. */
  readonly workdir: string | undefined;
  /** Path of alembic.ini or pyproject.toml, from the working folder. */
  readonly config: string | undefined;
  /** Section of the ini file. */
  readonly section: string | undefined;
  readonly x: readonly string[];
  /** Where the app itself works: relative paths may count from there. */
  readonly folders: readonly string[];
  /** The container's entrypoint and command: they may name a configuration. */
  readonly commands: readonly (readonly string[])[];
  /** Configurations that were seen in the container, whose places need not be looked for again. */
  readonly seen?: readonly string[];
  /** `uid:gid` of the app's own process; undefined for the container's user. */
  readonly user: string | undefined;
  /** What the app's own process sees beyond its container's environment; secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the app's sessions are called on the server while oakum works in it. */
  readonly application: string;
  readonly tell?: Tell;
}

/**
 * Finds the Python in the app's container that has Alembic. With `serve` one stays there for all that
 * is asked, until the answer is disposed of; else none does.
 */
export async function openAlembic(
  host: CommandHost,
  hints: AlembicHints,
  signal: AbortSignal,
  { serve = false }: { readonly serve?: boolean } = {},
): Promise<Alembic> {
  const { workdir, config, section, x, commands, user, environment, application, tell } = hints;
  const folders = [...new Set([workdir ?? "", ...hints.folders])].filter((one) => one !== "");
  const { engine, id } = host;
  const app = { engine, id, ...(user === undefined ? {} : { user }) };
  const path = await findInterpreter(app, folders, hints, signal);
  if (!path) throw noAlembic();
  const python = { path, user, environment };
  const locate = { working_dirs: folders, commands, seen: hints.seen ?? [] };
  const project = { working_dir: workdir, config, name: section, python_path: folders, x, locate };
  const programs = serve
    ? await ServedRuns.start(host, python, project, signal)
    : new SingleRuns(host, python);
  return new Alembic(programs, path, project, application, tell);
}

async function findInterpreter(
  host: CommandHost,
  folders: readonly string[],
  { commands, environment: env }: Pick<AlembicHints, "commands" | "environment">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const cmd = findCommand(folders);
  const { code, stdout, stderr } = await runCommand(host, { cmd, env }, signal);
  if (code !== 126 && code !== 127) return parseInterpreter(stdout);
  if (FOLDER_GONE.test(stdout + stderr)) throw folderGone(`${stdout}${stderr}`.trim());
  // No shell in this image: the usual places are tried one by one.
  for (const path of likelyInterpreters(commands.flat(), env)) {
    const cmd = [path, "-B", "-c", "import alembic, sqlalchemy"];
    const tried = await runCommand(host, { cmd, env }, signal).catch(() => undefined);
    if (tried?.code === 0) return path;
  }
  return undefined;
}

/** What the engine says where a container's working folder is a mount that was replaced outside. */
const FOLDER_GONE = /OCI runtime exec failed.*(working directory|chdir to cwd)/;

function folderGone(said: string): OakumError {
  return new OakumError(
    "app-folder-gone",
    "refused",
    `No command can be started in the app's container: ${said}`,
    {
      hint:
        "Was a folder that is mounted in it made anew? Restart the service: docker compose restart SERVICE",
    },
  );
}

function noAlembic(): OakumError {
  return new OakumError("no-alembic", "notFound", "No Python in the app's container has Alembic.", {
    hint: "Is it the right service? Name it: --app SERVICE",
  });
}
