import { OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import { newSandboxMark, type SandboxMark } from "../core/sandbox_mark.ts";
import { sleep } from "../core/time.ts";
import { type Engine, requireContainer } from "../docker/engine.ts";
import { collect, type RunningExec } from "../docker/exec.ts";
import { Lifeline } from "../docker/lifeline.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { LABELS, PROCESSES } from "../docker/sidecar.ts";
import type { ServerAccess } from "./access.ts";
import { type Preload, preloadSettings, preloadTries } from "./preload.ts";
import { writeCertificate } from "./sandbox_tls.ts";
import { sandboxTrouble } from "./sandbox_trouble.ts";
import type { ServerFolders } from "./space.ts";
import { toolCommand } from "./tools.ts";

const DATA = "/oakum/data";
const MAX_WAL = 4 * 2 ** 30;
const START_MS = 60_000;
/** Its container is removed all the same, with whatever is left in it. */
const EMPTY_MS = 10_000;

/** What a sandbox is to be beyond a server that holds nothing. */
export interface SandboxShape {
  /** The port that it is dialled on. */
  readonly port: number;
  /** Names that lead to it, for whoever shares its network namespace. */
  readonly hosts: readonly string[];
  /** A folder that its socket is to be in as well, for whoever takes its volumes. */
  readonly socketFolder: string | undefined;
  /** Who may do everything in it. */
  readonly superuser: string;
  /** Bytes that it may use. */
  readonly memory: number;
  /** Whether it takes encrypted connections as well. */
  readonly tls: boolean;
  /** `name=value`, laid over its own. */
  readonly settings: readonly string[];
  /** What it loads at its start; what does not start there is left out. */
  readonly preload: Preload;
}

/** Nothing of it is worth keeping: speed comes before surviving a loss of power. */
const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  `max_wal_size=${MAX_WAL / 2 ** 20}MB`,
  "autovacuum=off",
  "max_connections=50",
  // A killed backend ends the server: what it then lacks must not be taken for the dump's fault.
  "restart_after_crash=off",
];

/**
 * A server of its own that holds nothing and reaches nothing: the database's image by id, without a
 * network, and nothing of its entrypoint, environment or volumes. Whatever is loaded into it, a dump
 * that drops databases included, meets only itself.
 */
export class Sandbox implements CommandHost, AsyncDisposable {
  /** Where all of it lies, in its container. */
  readonly folder = "/oakum";
  readonly #beside = new AsyncDisposableStack();
  /** Those that were made beside its data. */
  readonly #folders: string[] = [];
  #emptied: Promise<void> | undefined;

  private constructor(
    /** How sessions reach it. */
    readonly access: ServerAccess,
    private readonly container: Lifeline,
    private readonly server: RunningExec,
    /** The user of the image that the server runs as. */
    readonly user: string,
    private readonly memory: number,
    /** The libraries that it was to load and does not start with. */
    readonly notLoaded: readonly string[],
    /** What this server alone has. */
    readonly mark: SandboxMark,
  ) {}

  /** Where it lies, for those who watch its disk. */
  get folders(): ServerFolders {
    return { data: this.folder, wal: this.folder, maxWal: MAX_WAL };
  }

  get engine(): Engine {
    return this.container.engine;
  }

  get id(): string {
    return this.container.id;
  }

  /**
   * `like` is the real server, of which image, shared memory and, where nothing else is said, the
   * superuser's name are taken: what belongs to that one here belongs to it there.
   */
  static async start(
    engine: Engine,
    like: ServerAccess,
    runId: string,
    signal: AbortSignal,
    wish: Partial<SandboxShape> = {},
  ): Promise<Sandbox> {
    const shape = { ...DEFAULTS, superuser: like.credentials.user, ...wish };
    const mark = newSandboxMark();
    const container = await Lifeline.start(engine, sandboxOptions(like.container, runId, shape));
    try {
      const user = await prepare(container, shape, signal);
      await initialise(container, { user, superuser: shape.superuser }, signal);
      if (shape.tls) await writeCertificate(container, { folder: DATA, user }, signal);
      const { server, notLoaded } = await startServer(container, { user, mark, shape }, signal);
      const access = accessTo(await requireContainer(engine, container.id), like, shape);
      return new Sandbox(access, container, server, user, shape.memory, notLoaded, mark);
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Makes a folder that the server may write to, such as a tablespace's; answers with its path. */
  async makeFolder(name: string, signal?: AbortSignal): Promise<string> {
    const path = `${this.folder}/${name}`;
    const what = { cmd: ["mkdir", path], user: this.user };
    const { code, stderr } = await runCommand(this.container, what, signal);
    if (code !== 0) throw failed("a folder in it cannot be made", stderr);
    this.#folders.push(path);
    return path;
  }

  /**
   * Does something with it, which fails as itself, or because of the sandbox: one that is gone or
   * full says nothing about the dump.
   */
  async use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await sandboxTrouble(this, signal.aborted ? signal.reason : error, {
        stopped: signal.aborted,
        memory: this.memory,
        serves: () => this.#serves(),
      });
    }
  }

  /**
   * Has something end with it that could end before. To remove a container right after a load takes
   * as long as the disk needs for all that was loaded; once this is empty, no time. Until then it is
   * there, with what it has mounted.
   */
  endWithIt(resource: AsyncDisposable | undefined): void {
    this.#beside.use(resource);
  }

  /**
   * Removes the files below its server, of which nothing is wanted any more. Else the kernel brings
   * all that was just written to the disk when the next container is removed, this one or another.
   */
  async empty(): Promise<void> {
    await (this.#emptied ??= this.#removeFiles());
  }

  async #removeFiles(): Promise<void> {
    const cmd = ["rm", "-rf", DATA, ...this.#folders];
    const removed = runCommand(this.container, { cmd, user: this.user }).catch(() => {});
    const over = new AbortController();
    await Promise.race([removed, sleep(EMPTY_MS, over.signal).catch(() => {})]);
    over.abort();
  }

  async #serves(): Promise<boolean> {
    const port = String(this.access.port);
    const cmd = toolCommand("pg_isready", ["-h", this.folder, "-p", port, "-q"]);
    const asked = runCommand(this.container, { cmd, user: this.user });
    return await asked.then(({ code }) => code === 0, () => false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.empty();
    await Promise.all([this.container, this.#beside].map((one) => one[Symbol.asyncDispose]()));
  }
}

const DEFAULTS: Omit<SandboxShape, "superuser"> = {
  port: 5432,
  hosts: [],
  socketFolder: undefined,
  memory: 2 * 2 ** 30,
  tls: false,
  settings: [],
  preload: { libraries: [], database: "postgres" },
};

function sandboxOptions(like: ContainerDetail, runId: string, shape: SandboxShape) {
  const { hosts, socketFolder, memory } = shape;
  return {
    // One that is being removed still has its name.
    name: `oakum-${runId}-sandbox-${newRunId().slice(0, 4)}`,
    Image: like.Image,
    User: "0:0",
    WorkingDir: "/",
    Labels: { [LABELS.run]: runId, [LABELS.kind]: "sandbox", [LABELS.of]: like.Id },
    Volumes: { "/oakum": {}, ...socketFolder === undefined ? {} : { [socketFolder]: {} } },
    HostConfig: {
      NetworkMode: "none",
      ExtraHosts: hosts.map((host) => `${host}:127.0.0.1`),
      Memory: memory,
      PidsLimit: PROCESSES,
      // What a dump's code writes lands beside the data, where the disk is watched, or in memory.
      ReadonlyRootfs: true,
      Tmpfs: socketFolder === "/tmp" ? {} : { "/tmp": "size=256m,mode=1777" },
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN"],
      SecurityOpt: ["no-new-privileges"],
      ...(like.HostConfig.ShmSize > 0 ? { ShmSize: like.HostConfig.ShmSize } : {}),
    },
  };
}

/** With all that it is to load, or as much of it as starts. */
async function startServer(
  host: Lifeline,
  { user, mark, shape }: { user: string; mark: SandboxMark; shape: SandboxShape },
  signal: AbortSignal,
): Promise<{ server: RunningExec; notLoaded: readonly string[] }> {
  const { preload, port } = shape;
  const tries = preloadTries(preload);
  for (const [at, libraries] of tries.entries()) {
    const cmd = toolCommand("postgres", ["-D", DATA, ...settings(mark, shape, libraries)]);
    const server = await host.engine.exec(host.id, { cmd, user }, signal);
    try {
      await ready(host, server, { user, port }, signal);
      const notLoaded = preload.libraries.filter((name) => !libraries.includes(name));
      return { server, notLoaded };
    } catch (error) {
      await server[Symbol.asyncDispose]();
      signal.throwIfAborted();
      if (at === tries.length - 1) throw error;
    }
  }
  throw new Error("no way to start it was tried");
}

function settings(
  mark: SandboxMark,
  { port, socketFolder, tls, settings, preload }: SandboxShape,
  libraries: readonly string[],
): string[] {
  const sockets = ["/oakum", ...socketFolder === undefined ? [] : [socketFolder]].join(",");
  return [
    ...SETTINGS,
    ...settings,
    ...preloadSettings(libraries, preload),
    `ssl=${tls ? "on" : "off"}`,
    `port=${port}`,
    `unix_socket_directories=${sockets}`,
    `${mark.name}=${mark.value}`,
  ].flatMap((setting) => ["-c", setting]);
}

/** The user that the image's server runs as: by the usual name, else whoever owns the programs' data. */
const OWNER = `mkdir -p "$@" && id=$(id -u postgres 2>/dev/null || echo 1001) &&
chown "$id" /oakum "$@" && echo "$id"`;

async function prepare(
  host: CommandHost,
  { socketFolder }: SandboxShape,
  signal: AbortSignal,
): Promise<string> {
  const folders = [DATA, ...socketFolder === undefined ? [] : [socketFolder]];
  const { code, stdout, stderr } = await runCommand(
    host,
    { cmd: ["sh", "-c", OWNER, "oakum", ...folders] },
    signal,
  );
  if (code === 0) return stdout.trim();
  throw failed("its folder cannot be made", stderr);
}

async function initialise(
  host: CommandHost,
  { user, superuser }: { user: string; superuser: string },
  signal: AbortSignal,
): Promise<void> {
  const args = [
    ...["--pgdata", DATA, `--username=${superuser}`, "--auth=trust"],
    ...["--encoding=UTF8", "--locale=C", "--no-sync"],
  ];
  const cmd = toolCommand("initdb", args);
  const { code, stderr } = await runCommand(host, { cmd, user, env: { LC_ALL: "C" } }, signal);
  if (code !== 0) throw failed("initdb failed", stderr);
}

async function ready(
  host: CommandHost,
  server: RunningExec,
  { user, port }: { user: string; port: number },
  signal: AbortSignal,
): Promise<void> {
  let ended: string | undefined;
  collect(server, 16_000).then(
    ({ stdout, stderr }) => ended = stdout + stderr,
    (error) => ended = String(error),
  );
  const cmd = toolCommand("pg_isready", ["-h", "/oakum", "-p", String(port), "-q"]);
  for (const until = performance.now() + START_MS; performance.now() < until;) {
    if (ended !== undefined) throw failed("its server ended", ended);
    if ((await runCommand(host, { cmd, user }, signal)).code === 0) return;
    await sleep(50, signal);
  }
  throw failed(`its server was not up within ${START_MS / 1000} s`, "");
}

function accessTo(
  container: ContainerDetail,
  like: ServerAccess,
  { port, superuser }: SandboxShape,
): ServerAccess {
  return {
    // The name that people know the image by; the container itself was made from its id.
    container: {
      ...container,
      Config: { ...container.Config, Image: like.container.Config.Image },
    },
    port,
    socketFolder: undefined,
    credentials: { user: superuser, password: undefined, from: "the sandbox's own" },
    eventTriggers: "off",
  };
}

function failed(what: string, output: string): OakumError {
  const last = output.trim().split("\n").at(-1);
  return new OakumError(
    "sandbox-failed",
    "failed",
    `The sandbox server did not start: ${what}${last ? `: ${last}` : "."}`,
    { hint: "Nothing of yours was touched.", data: { output: output.slice(-4000) } },
  );
}
