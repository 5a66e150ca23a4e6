import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { ImageName } from "../../docker/catalogue.ts";
import { output, run } from "../../docker/command.ts";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { loadSettings, type SettingFlags } from "../../src/config/settings.ts";
import { Engine } from "../../src/docker/engine.ts";
import { newRunId } from "../../src/core/run.ts";
import { openTarget, type Searcher, type Wish } from "../../src/targets/find.ts";
import type { Target } from "../../src/targets/target.ts";
import { untilReady } from "./ready.ts";

/** The demo's migrations, to be mounted into an app. */
export const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** How a container of a stack differs from the service's first one that just runs. */
export interface ContainerOptions {
  /** Options of `docker create`. */
  readonly options?: readonly string[];
  readonly command?: readonly string[];
  /** The replica's number. */
  readonly number?: number;
  /** `container_name:` of Compose. */
  readonly name?: string;
  readonly start?: boolean;
  /** As `network_mode:` of Compose. */
  readonly networkMode?: string;
}

/** Containers with the labels and names that Compose gives them; gone when it is disposed. */
export class TestStack implements AsyncDisposable {
  private constructor(readonly project: string, readonly folder: string) {}

  static async create(): Promise<TestStack> {
    await ensureEngine();
    const project = `oakum-test-${randomBytes(4).toString("hex")}`;
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: `${project}-` }));
    const stack = new TestStack(project, folder);
    await output(["docker", "network", "create", stack.network]);
    return stack;
  }

  get network(): string {
    return `${this.project}_default`;
  }

  /** Adds a container of a service: of an image of the catalogue, or of any by its tag. */
  async add(
    service: string,
    image: ImageName | `${string}:${string}`,
    options: ContainerOptions = {},
  ) {
    const { number = 1, name = `${this.project}-${service}-${number}`, start = true } = options;
    const tag = image.includes(":")
      ? image
      : (await ensureImages([image as ImageName]))[image as ImageName];
    const labels = {
      "com.docker.compose.project": this.project,
      "com.docker.compose.service": service,
      "com.docker.compose.container-number": String(number),
      "com.docker.compose.oneoff": "False",
      "com.docker.compose.project.working_dir": this.folder,
      "com.docker.compose.project.config_files": `${this.folder}/compose.yaml`,
    };
    await output([
      ...["docker", "create", "--name", name],
      ...options.networkMode === undefined
        ? ["--network", this.network, "--network-alias", service]
        : ["--network", options.networkMode],
      ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ...options.options ?? [],
      ...[tag, ...options.command ?? []],
    ]);
    if (start) await output(["docker", "start", name]);
    return name;
  }

  /** Adds a PostgreSQL server and waits until it takes queries over TCP. */
  async addServer(service: string, options: ContainerOptions & { port?: number } = {}) {
    const name = await this.add(service, "postgres17", {
      ...options,
      options: ["--env", "POSTGRES_INITDB_ARGS=--no-sync", ...options.options ?? []],
      command: ["postgres", "-c", "fsync=off", ...options.command ?? []],
    });
    if (options.start !== false) {
      await poll(name, ["docker", "exec", name, ...untilReady(options.port)]);
    }
    return name;
  }

  /** Removes the containers of services, or all of them. */
  async remove(...services: string[]): Promise<void> {
    const label = "label=com.docker.compose.";
    const wanted = services.length > 0
      ? services.map((service) => ["--filter", `${label}service=${service}`])
      : [[]];
    for (const filter of wanted) {
      const list = [
        "docker",
        "ps",
        "-aq",
        "--filter",
        `${label}project=${this.project}`,
        ...filter,
      ];
      const ids = (await output(list)).split("\n").filter((id) => id !== "");
      if (ids.length > 0) await output(["docker", "rm", "--force", "--volumes", ...ids]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
    await run(["docker", "network", "rm", this.network]);
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Waits until a command succeeds; fails, with the container's log, when it never does. */
export async function poll(container: string, command: readonly string[]): Promise<void> {
  const deadline = performance.now() + 120_000;
  while ((await run(command)).code !== 0) {
    if (performance.now() > deadline) {
      const log = await run(["docker", "logs", "--tail", "20", container]);
      throw new Error(`${container} never got there: ${log.stdout}${log.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs statements in a server, as a superuser of it. */
export async function psql(
  container: string,
  user: string,
  statements: string,
  options: readonly string[] = [],
): Promise<string> {
  return await output([
    ...["docker", "exec", container, "psql", "-qAtX", "-v", "ON_ERROR_STOP=1"],
    ...["-U", user, "-d", "postgres", ...options, "-c", statements],
  ]);
}

/** A search of its own run, over the engine of the tests. */
export async function searcher(): Promise<Searcher> {
  const engine = await Engine.connect(Deno.env.toObject());
  return { engine, runId: newRunId(), signal: new AbortController().signal };
}

/** What a command wishes that is typed in a folder with flags, nothing else being set. */
export async function wish(
  directory: string,
  flags: SettingFlags = {},
  wanted: Partial<Omit<Wish, "settings">> = {},
): Promise<Wish> {
  const settings = await loadSettings({ flags, environment: () => undefined, directory });
  return { settings, changesState: true, needsApp: true, ...wanted };
}

/** Finds a target and ends the session again. */
export async function findTarget(searcher: Searcher, wish: Wish): Promise<Target> {
  await using found = await openTarget(searcher, wish);
  return found.target;
}
