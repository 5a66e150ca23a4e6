import { OakumError } from "../../core/errors.ts";
import { type CommandHost, runCommand } from "../../docker/run.ts";
import { Alembic } from "./alembic.ts";
import {
  findCommand,
  type Interpreter,
  likelyInterpreters,
  parseInterpreters,
} from "./interpreters.ts";
import { type LocateReply, locateReply } from "./replies.ts";
import { runProgram } from "./run_program.ts";

/** What is known of the app before its container is asked. */
export interface AlembicHints {
  /** The folder that Alembic is run in. */
  readonly workdir: string | undefined;
  /** Path of alembic.ini or pyproject.toml, from the working folder. */
  readonly config: string | undefined;
  /** Section of the ini file. */
  readonly section: string | undefined;
  readonly x: readonly string[];
  /** The container's working folder. */
  readonly containerWorkdir: string;
  /** The container's entrypoint and command: they may name a configuration. */
  readonly commands: readonly (readonly string[])[];
}

/** Finds Alembic in the app's container: its Python, its configuration, its user. */
export async function openAlembic(
  host: CommandHost,
  hints: AlembicHints,
  signal: AbortSignal,
): Promise<Alembic> {
  const folders = [hints.workdir, hints.containerWorkdir].filter((folder) => !!folder) as string[];
  const python = (await findInterpreters(host, folders, hints.commands.flat(), signal))[0];
  if (!python) throw noAlembic();
  const located = await locate(host, python.path, folders, hints, signal);
  const best = located.configs[0];
  const process = located.process;
  const asApp = process && process.uid !== 0 ? `${process.uid}:${process.gid}` : undefined;
  return new Alembic(host, { python: python.path, user: asApp, workdir: undefined }, {
    adopt_environment: true,
    working_dir: hints.workdir ?? best?.working_dir ?? hints.containerWorkdir,
    config: hints.config ?? best?.config,
    name: hints.section ?? best?.name,
    python_path: folders,
    x: hints.x,
  });
}

/** Every Python in the container that can import Alembic, the app's own first. */
export async function findInterpreters(
  host: CommandHost,
  folders: readonly string[],
  command: readonly string[],
  signal: AbortSignal,
): Promise<readonly Interpreter[]> {
  const { code, stdout } = await runCommand(host, { cmd: findCommand(folders) }, signal);
  if (code !== 126 && code !== 127) return parseInterpreters(stdout);
  // No shell in this image: the usual places are tried one by one.
  const found: Interpreter[] = [];
  for (const path of likelyInterpreters(command, {})) {
    const check = "import alembic, sqlalchemy; print(alembic.__version__)";
    const tried = await runCommand(host, { cmd: [path, "-B", "-c", check] }, signal)
      .catch(() => undefined);
    if (tried?.code !== 0) continue;
    found.push({ path, alembic: tried.stdout.trim(), why: "a usual place" });
  }
  return found;
}

async function locate(
  host: CommandHost,
  python: string,
  folders: readonly string[],
  hints: AlembicHints,
  signal: AbortSignal,
): Promise<LocateReply> {
  const args = { working_dirs: folders, commands: hints.commands };
  const run = { python, user: undefined, workdir: undefined };
  return locateReply.parse(await runProgram(host, run, "locate", args, () => {}, signal));
}

function noAlembic(): OakumError {
  return new OakumError("no-alembic", "notFound", "No Python in the app's container has Alembic.", {
    hint: "Is it the right service? Name it: --app SERVICE",
  });
}
