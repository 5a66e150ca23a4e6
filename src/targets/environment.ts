import { z } from "zod";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { statusOf } from "../docker/engine.ts";
import look from "./look.sh" with { type: "text" };
import { mainProcess, type Process } from "./process.ts";
import type { Sighting } from "./sightings.ts";
import type { Variables } from "./variables.ts";

/** What an app's container shows of itself: its environment and its migration tools. */
export interface Look {
  /** What the app's main process sees; values are secrets. */
  readonly variables: Variables;
  /** `the environment of its main process`, or of its container and why not the process's. */
  readonly from: string;
  /** `uid:gid` and folder of the main process; undefined where they could not be read. */
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  /** Undefined where nobody could look into the container. */
  readonly sightings: readonly Sighting[] | undefined;
}

/** Where an app's migrations are, as far as it was said. */
export interface LookHint {
  readonly config?: string | undefined;
  readonly workdir?: string | undefined;
  /** Section of the configuration, and arguments for `env.py`. */
  readonly section?: string | undefined;
  readonly x?: readonly string[];
}

/**
 * Looks around in a running container in one go. Entrypoints export variables, so the container's
 * own environment is not what the app sees.
 */
export async function lookInto(
  host: CommandHost,
  container: ContainerDetail,
  hint: LookHint = {},
  signal?: AbortSignal,
): Promise<Look> {
  const unseen = lookAtConfig(container, "the environment of its container");
  if (!canRun(container)) return unseen;
  const report = await tryRun(host, {
    cmd: [
      "sh",
      "-c",
      look,
      "oakum",
      hint.config ?? "",
      hint.workdir ?? "",
      ...mountedIn(container),
    ],
  }, signal);
  if (report === undefined) {
    return { ...unseen, from: `${unseen.from} (no shell could be run in it)` };
  }
  const { processes, workdir, sightings, environ } = parseReport(report);
  const main = mainProcess(processes);
  if (!main) return { ...unseen, sightings };
  const first = main.pid === 1 && environ !== "";
  const own = first ? { environ, workdir } : await ofProcess(host, main, signal);
  if (own.environ === "") return { ...unseen, sightings, from: unreadable(unseen.from, main) };
  return {
    variables: parseEnviron(own.environ),
    from: "the environment of its main process",
    user: `${main.uid}:${main.gid}`,
    workdir: own.workdir,
    sightings,
  };
}

/** What people mount from the host may be code. */
function mountedIn({ Mounts }: ContainerDetail): string[] {
  return Mounts.filter(({ Type }) => Type === "bind").map(({ Destination }) => Destination);
}

function unreadable(from: string, main: Process): string {
  return `${from} (that of process ${main.pid} cannot be read)`;
}

/** What a container that does not run says of itself. */
export function lookAtConfig(container: ContainerDetail, from: string): Look {
  return {
    variables: variablesOf(container.Config.Env),
    from,
    user: container.Config.User || undefined,
    workdir: container.Config.WorkingDir || undefined,
    sightings: undefined,
  };
}

/** `NAME=value` lines as variables. */
export function variablesOf(lines: readonly string[]): Variables {
  return Object.fromEntries(lines.flatMap((line) => {
    const at = line.indexOf("=");
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
  }));
}

/** Whether a command can be started in the container. */
export function canRun({ State }: ContainerDetail): boolean {
  return State.Running && !State.Paused && !State.Restarting;
}

// The environment of another user's process is closed even to root, so it is read as that user.
async function ofProcess(host: CommandHost, { pid, uid, gid }: Process, signal?: AbortSignal) {
  const script = 'readlink "/proc/$1/cwd" || echo; cat "/proc/$1/environ"';
  const report = await tryRun(host, {
    cmd: ["sh", "-c", script, "oakum", String(pid)],
    user: `${uid}:${gid}`,
  }, signal) ?? "";
  const end = report.indexOf("\n");
  return {
    workdir: report.slice(0, Math.max(end, 0)) || undefined,
    environ: report.slice(end + 1),
  };
}

/** A container that hangs must not hang the search. */
const LIMIT_MS = 15_000;

/** What a command wrote, whatever its exit code; undefined where it could not be run. */
async function tryRun(
  host: CommandHost,
  spec: { readonly cmd: readonly string[]; readonly user?: string },
  signal?: AbortSignal,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const { code, stdout } = await runCommand(
      host,
      spec,
      signal ? AbortSignal.any([signal, limit]) : limit,
    );
    return code === 126 || code === 127 ? undefined : stdout;
  } catch (error) {
    if (limit.aborted && !signal?.aborted) return undefined;
    // 409: it stopped meanwhile; 400 and 500: the engine cannot start a shell in it.
    if ([400, 409, 500].includes(statusOf(error))) return undefined;
    throw error;
  }
}

const NUMBER = z.coerce.number().int().min(0);
const processLine = z.tuple([NUMBER, NUMBER, NUMBER, NUMBER, z.string()]);

interface Report {
  readonly processes: readonly Process[];
  readonly workdir: string | undefined;
  readonly sightings: readonly Sighting[];
  readonly environ: string;
}

/** Reads what `look.sh` printed; it comes from a container and is not to be trusted. */
export function parseReport(report: string): Report {
  const end = /(?:^|\n)environ\n/.exec(report);
  const lines = report.slice(0, end?.index ?? 0).split("\n").map((line) => line.split("\t"));
  const processes = lines.flatMap(([kind, ...fields]) => {
    const line = processLine.safeParse(fields);
    if (kind !== "process" || !line.success) return [];
    const [pid, parent, uid, gid, program] = line.data;
    return [{ pid, parent, uid, gid, program }];
  });
  return {
    processes,
    workdir: lines.find(([kind]) => kind === "cwd")?.[1] || undefined,
    sightings: lines.flatMap(([kind, path, revisions]) => sightingOf(kind, path, revisions)),
    environ: end ? report.slice(end.index + end[0].length) : "",
  };
}

const TOOLS = ["alembic", "flask", "django"] as const;
const NO_FILES = "4294967295 0";

function sightingOf(kind?: string, path?: string, revisions?: string): Sighting[] {
  const tool = TOOLS.find((name) => name === kind);
  if (!tool || !path) return [];
  return [{
    tool,
    path,
    revisions: revisions && revisions !== NO_FILES ? revisions : undefined,
  }];
}

function parseEnviron(environ: string): Variables {
  return variablesOf(environ.split("\0"));
}
