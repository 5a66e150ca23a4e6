import { output } from "../../../docker/command.ts";
import type { ImageName } from "../../../docker/catalogue.ts";
import { ensureImages } from "../../../docker/images.ts";
import { Engine } from "../../../src/docker/engine.ts";
import type { RunningExec } from "../../../src/docker/exec.ts";
import {
  type Program,
  programInput,
  pythonCommand,
} from "../../../src/migrators/alembic/programs.ts";
import {
  type FailureReply,
  type LineReply,
  lineReply,
  type ProbeReply,
  probeReply,
} from "../../../src/migrators/alembic/replies.ts";
import { type Container, startContainer } from "../container.ts";
import type { TestDatabase, TestServer } from "../fixtures.ts";

const PROJECTS = new URL("./projects/", import.meta.url).pathname;

/** Where tests put a project in the app's container. */
export const FOLDER = "/srv/project";

/** An app of an image beside a server, with a project in it. */
export interface App extends AsyncDisposable {
  readonly container: Container;
  readonly python: string;
  /** Starts a program; its stdin stays open until the exec is closed. */
  start(...how: How): Promise<RunningExec>;
  /** Runs a program to its end. */
  run(...how: How): Promise<Ended>;
  /** Writes a file below the project's folder. */
  write(path: string, text: string): Promise<void>;
}

/** A program, its arguments, what it has in its environment, and as whom it runs. */
export type How = [program: Program, args: object, env?: Record<string, string>, user?: string];

/** What a program left. */
export interface Ended {
  readonly code: number;
  readonly lines: readonly LineReply[];
  readonly stdout: string;
  readonly stderr: string;
}

/** What decides how the app is started. */
export interface AppOptions {
  readonly image?: ImageName;
  readonly python?: string;
  readonly project?: string;
  /** Options of `docker run`. */
  readonly options?: readonly string[];
  readonly command?: readonly string[];
}

/** Starts an app that reaches the server on 127.0.0.1. */
export async function startApp(server: TestServer, given: AppOptions = {}): Promise<App> {
  const { image = "app", python = "/srv/venv/bin/python", project = "studio" } = given;
  const { [image]: tag } = await ensureImages([image]);
  const network = ["--network", `container:${server.name}`];
  const command = given.command ?? ["sleep", "infinity"];
  const container = await startContainer(tag, [...network, ...given.options ?? []], command);
  await output(["docker", "cp", `${PROJECTS}${project}`, `${container.name}:${FOLDER}`]);
  const engine = await Engine.connect(Deno.env.toObject());
  const start: App["start"] = async (program, args, env = {}, user) => {
    const exec = await engine.exec(container.name, {
      cmd: pythonCommand(python),
      workdir: FOLDER,
      stdin: true,
      env,
      ...(user ? { user } : {}),
    });
    await exec.write(programInput(program, args));
    return exec;
  };
  return {
    container,
    python,
    start,
    run: async (...how) => {
      await using exec = await start(...how);
      return await readToEnd(exec);
    },
    write: (path, text) => writeInto(container, `${FOLDER}/${path}`, text),
    [Symbol.asyncDispose]: () => container[Symbol.asyncDispose](),
  };
}

async function writeInto(container: Container, path: string, text: string): Promise<void> {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, text);
  await output(["docker", "cp", file, `${container.name}:${path}`]);
  await output(["docker", "exec", "--user", "0", container.name, "chmod", "644", path]);
  await Deno.remove(file);
}

/** Reads a program's streams and its exit code; every line of stdout must be one of its own. */
export async function readToEnd(exec: RunningExec): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  const decoder = new TextDecoder();
  for await (const { stream, data } of exec.output()) text[stream] += decoder.decode(data);
  const lines = text.stdout.split("\n").filter((line) => line !== "")
    .map((line) => lineReply.parse(JSON.parse(line)));
  return { code: await exec.exitCode(), lines, ...text };
}

/** The error that a program ended with. */
export function failureOf({ lines, stdout, stderr }: Ended): FailureReply {
  const last = lines.at(-1);
  if (last?.event === "failed") return last.error;
  throw new Error(`It did not fail:\n${stdout}${stderr}`);
}

/** The result that a program ended with. */
export function resultOf({ lines, stdout, stderr }: Ended): Record<string, unknown> {
  const last = lines.at(-1);
  if (last?.event === "result") return last;
  throw new Error(`It has no result:\n${stdout}${stderr}`);
}

/** Probes the app's project. */
export async function probe(
  app: App,
  args: object = {},
  env?: Record<string, string>,
): Promise<ProbeReply> {
  return probeReply.parse(resultOf(await app.run("probe", args, env)));
}

/** The environment that leads the project to a database. */
export function leadingTo(database: TestDatabase, driver = "psycopg"): Record<string, string> {
  return { DATABASE_URL: `postgresql+${driver}://postgres:sesame-0pen@127.0.0.1/${database.name}` };
}

/** What the version table holds, read by a connection of the test's own. */
export async function headsIn({ sql }: TestDatabase, table = "alembic_version"): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select version_num as id from ${sql(table)} order by 1`;
  return rows.map(({ id }) => id);
}
