import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { output, run } from "../../../docker/command.ts";
import { ensureCompose } from "../../../docker/engine.ts";
import { ensureImages } from "../../../docker/images.ts";
import { LABELS } from "../../../src/docker/sidecar.ts";
import type { RehearsalReport } from "../../../src/reports/rehearsal.ts";
import { Program } from "../../faults/started.ts";
import { type EnvFile, type RevisionFile, table, writeProject } from "../migrate/project.ts";
import { poll } from "../stack.ts";
import { eventually, settles } from "../polling.ts";
import { untilReady, untilReadyOn } from "../ready.ts";

/** A service as a compose file has it. */
export type Service = Readonly<Record<string, unknown>>;

/** What a stack is made of; compose files are JSON here, which is YAML. */
export interface StageFile {
  readonly services: Readonly<Record<string, Service>>;
  /** Volumes, secrets and the like. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Files beside the compose file. */
  readonly files?: Readonly<Record<string, string>>;
  /** The app's revisions; the first is applied already. */
  readonly revisions?: readonly RevisionFile[];
  readonly env?: EnvFile | string;
  /** Where the app's data are. */
  readonly database?: string;
  /** The folder of the socket of a server that listens on nothing else. */
  readonly socketFolder?: string;
}

/** How a rehearsal ended. */
export interface Rehearsed {
  readonly code: number;
  /** Everything that it wrote, for a failing test. */
  readonly said: string;
  readonly report: RehearsalReport | undefined;
  readonly error: { code: string; message: string; hint?: string } | undefined;
}

export const PASSWORD = "s3cret-w0rd";

/** `aaaa1`, which is applied, and `bbbb2`, which is pending. */
export const TWO: readonly RevisionFile[] = [
  table("aaaa1", undefined, "apples"),
  table("bbbb2", "aaaa1", "bananas"),
];

/** A server as people have it. */
export async function dbService(more: Service = {}): Promise<Service> {
  const { postgres17 } = await ensureImages(["postgres17"]);
  const environment = {
    POSTGRES_PASSWORD: PASSWORD,
    POSTGRES_DB: "shop",
    POSTGRES_INITDB_ARGS: "--no-sync",
  };
  return { image: postgres17, command: "postgres -c fsync=off", environment, ...more };
}

/** An app whose code is mounted. */
export async function appService(
  more: Service = {},
  url = `postgresql+psycopg://postgres:${PASSWORD}@db/shop`,
): Promise<Service> {
  const { app } = await ensureImages(["app"]);
  return {
    ...{ image: app, init: true, command: "sleep infinity", working_dir: "/srv/app" },
    ...{ environment: { DATABASE_URL: url }, volumes: ["./app:/srv/app"], ...more },
  };
}

/** A stack that `docker compose` brought up, with oakum as a process of its own. */
export class Stage implements AsyncDisposable {
  private constructor(readonly project: string, readonly folder: string) {}

  static async open(file: StageFile): Promise<Stage> {
    await ensureCompose(() => {});
    const project = `oakum-test-${randomBytes(4).toString("hex")}`;
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: `${project}-` }));
    await Deno.chmod(folder, 0o755);
    const stage = new Stage(project, folder);
    try {
      await stage.write(file);
      await stage.compose("up", "--detach", "--quiet-pull");
      const db = stage.container("db");
      const { socketFolder, database } = file;
      const ready = socketFolder === undefined ? untilReady() : untilReadyOn(socketFolder);
      await poll(db, ["docker", "exec", db, ...ready]);
      await stage.ask(APPLIED, database);
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
    return stage;
  }

  /** Writes what a stack is made of, over what is there. */
  async write({ services, more = {}, files = {}, revisions = TWO, env }: StageFile) {
    await writeProject(join(this.folder, "app"), revisions, env);
    const compose = JSON.stringify({ name: this.project, services, ...more });
    for (const [path, text] of Object.entries({ "compose.yaml": compose, ...files })) {
      await Deno.mkdir(dirname(join(this.folder, path)), { recursive: true });
      await Deno.writeTextFile(join(this.folder, path), text);
    }
    await output(["chmod", "-R", "a+rX", this.folder]);
  }

  /** Writes settings of oakum's. */
  async set(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await Deno.writeTextFile(join(this.folder, "oakum.yaml"), JSON.stringify(settings));
  }

  compose(...args: string[]): Promise<string> {
    return output(["docker", "compose", ...args], { cwd: this.folder });
  }

  container(service: string): string {
    return `${this.project}-${service}-1`;
  }

  exec(service: string, ...command: string[]): Promise<string> {
    return output(["docker", "exec", this.container(service), ...command]);
  }

  /** What statements say, in the real database. */
  ask(statements: string, database = "shop"): Promise<string> {
    const psql = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres"];
    return this.exec("db", ...psql, "-d", database, "-c", statements);
  }

  /** Starts oakum in the stack's folder, with events and report as JSON lines. */
  start(...args: string[]): Program {
    return new Program([...args, "--json"], { cwd: this.folder });
  }

  /** Rehearses to the end. */
  rehearse(...args: string[]): Promise<Rehearsed> {
    return endOf(this.start("rehearse", ...args));
  }

  /** The same, which must end so; its report. */
  async rehearses(code: number, ...args: string[]): Promise<RehearsalReport> {
    const { report, said, ...ended } = await this.rehearse(...args);
    assert.equal(ended.code, code, said);
    assert.ok(report, said);
    assert.ok(!said.includes(PASSWORD), "no password is printed");
    return report;
  }

  /** Rehearses, which must be refused or fail; its error. */
  async fails(...args: string[]): Promise<NonNullable<Rehearsed["error"]>> {
    const { error, said } = await this.rehearse(...args);
    assert.ok(error, said);
    assert.doesNotMatch(said, /\n {4}at |defect/, `a stack is for defects: ${said}`);
    assert.ok(!said.includes(PASSWORD), "no password is printed");
    return error;
  }

  /** What the database holds, as one hash. */
  async hash(database = "shop"): Promise<string> {
    const dump = await this.exec("db", "pg_dump", "-U", "postgres", "--create", "-d", database);
    const text = dump.replaceAll(/^\\(un)?restrict .*$/gm, "");
    return createHash("sha256").update(text).digest("hex");
  }

  /** The stack's containers, networks and volumes as Docker has them, and what the database holds. */
  async state(): Promise<unknown> {
    const label = `label=com.docker.compose.project=${this.project}`;
    const containers = await lines(["docker", "ps", "-aq", "--filter", label]);
    const networks = await lines(["docker", "network", "ls", "-q", "--filter", label]);
    const volumes = await lines(["docker", "volume", "ls", "-q", "--filter", label]);
    const seen = await output(["docker", "inspect", ...containers, ...networks, ...volumes]);
    return { docker: JSON.parse(seen, settled), database: await this.hash() };
  }

  /** What containers oakum has beside the stack, those of its sandboxes included, and their volumes. */
  async helpers(): Promise<Helpers> {
    const list = ["docker", "ps", "-aq", "--no-trunc", "--filter", `label=${LABELS.run}`];
    const database = await output(["docker", "inspect", "-f", "{{.Id}}", this.container("db")]);
    const found = (await Promise.all((await lines(list)).map(inspected)))
      .filter((one) => one !== undefined);
    const beside = found.filter(({ of }) => of === database);
    const ids = new Set(beside.map(({ id }) => id));
    const all = found.filter(({ id, of }) => ids.has(id) || ids.has(of));
    return {
      names: all.map(({ name }) => name).sort(),
      running: all.filter(({ running }) => running).map(({ name }) => name),
      volumes: all.flatMap(({ volumes }) => volumes),
    };
  }

  /** The name of the only container of a kind, such as `sandbox`, once it is there. */
  async helper(kind: string): Promise<string> {
    let name = "";
    await eventually(async () => {
      const found = (await this.helpers()).running.filter((one) => one.includes(`-${kind}`));
      assert.equal(found.length, 1, `containers: ${found}`);
      name = found[0]!;
    });
    return name;
  }

  /** Comes back when a statement that matches runs in the only sandbox. */
  async untilItRuns(statement: string): Promise<void> {
    const sandbox = await this.helper("sandbox");
    const ask = "select count(*) from pg_stat_activity where state = 'active' " +
      `and pid <> pg_backend_pid() and query like '%${statement}%'`;
    const psql = ["psql", "-XqAt", "-U", "postgres", "-h", "/oakum", "-d", "template1", "-c", ask];
    await eventually(async () => {
      assert.equal(await output(["docker", "exec", sandbox, ...psql]), "1");
    });
  }

  /** Waits until nothing is left of runs; `seen` is what there was meanwhile. */
  async untilNothingIsLeft(seen: readonly string[] = []): Promise<void> {
    await settles(async () => {
      assert.deepEqual((await this.helpers()).names, []);
      await goneVolumes(seen);
    });
  }

  /**
   * Waits until nothing runs any more of what was killed. A container that was made and never
   * started waits for a later run to sweep it, so it is removed here.
   */
  async untilNothingRuns(seen: readonly string[] = []): Promise<void> {
    await settles(async () => assert.deepEqual((await this.helpers()).running, []));
    for (const name of (await this.helpers()).names) {
      const status = await run(["docker", "inspect", "-f", "{{.State.Status}}", name]);
      if (status.stdout.trim() === "created") await output(["docker", "rm", "-f", "-v", name]);
    }
    await this.untilNothingIsLeft(seen);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose("down", "--volumes", "--timeout", "1");
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Containers and their anonymous volumes. */
export interface Helpers {
  readonly names: readonly string[];
  readonly running: readonly string[];
  readonly volumes: readonly string[];
}

/** The first revision's work, and rows. */
const APPLIED = `
  create table apples (id serial primary key);
  insert into apples select from generate_series(1, 1000);
  create table alembic_version (version_num varchar(32) primary key);
  insert into alembic_version values ('aaaa1')`;

/** Without what changes by itself; the engine tells mounts in any order. */
function settled(key: string, value: unknown): unknown {
  if (key === "ExecIDs" || key === "Health") return null;
  return key === "Mounts" && Array.isArray(value)
    ? value.map((one) => JSON.stringify(one)).sort()
    : value;
}

/** Waits for the end of a rehearsal; its last line is the report or the error. */
export async function endOf(program: Program): Promise<Rehearsed> {
  const { code, stdout, stderr } = await program.ended();
  const { error, report } = JSON.parse(stdout.trim().split("\n").at(-1) || "{}");
  return { code, said: stdout + stderr, report, error };
}

async function lines(argv: readonly string[]): Promise<string[]> {
  return (await output(argv)).split("\n").filter((line) => line !== "");
}

async function goneVolumes(seen: readonly string[]): Promise<void> {
  const there = new Set(await lines(["docker", "volume", "ls", "-q"]));
  assert.deepEqual(seen.filter((volume) => there.has(volume)), []);
}

const ANONYMOUS = /^[0-9a-f]{64}$/;

async function inspected(id: string) {
  const { code, stdout } = await run(["docker", "inspect", id]);
  if (code !== 0) return undefined; // It went meanwhile.
  const [{ Id, Name, State, Config, Mounts }] = JSON.parse(stdout);
  const volumes: string[] = Mounts.flatMap(({ Type, Name }: { Type: string; Name?: string }) =>
    Type === "volume" && ANONYMOUS.test(Name ?? "") ? [Name] : []
  );
  const of: string = Config.Labels[LABELS.of];
  const name: string = Name.slice(1);
  return { id: Id as string, name, of, running: State.Running as boolean, volumes };
}
