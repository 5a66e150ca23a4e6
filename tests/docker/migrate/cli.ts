import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../../docker/command.ts";
import type { JournalEntry } from "../../../src/backups/journal_entry.ts";
import { readJournal, unfinished } from "../../../src/backups/journal_read.ts";
import { JOURNAL } from "../../../src/backups/names.ts";
import { targetPath } from "../../../src/backups/target_path.ts";
import { oakum } from "../../cli/program.ts";
import { Program } from "../../faults/started.ts";
import { eventually, settles } from "../polling.ts";
import { type ContainerOptions, psql, TestStack } from "../stack.ts";
import type { ImageName } from "../../../docker/catalogue.ts";
import { type EnvFile, type RevisionFile, writeProject } from "./project.ts";

const PASSWORD = "pass word/'1";
const DATABASE = "shop";

/** Where an app of a stack has its project. */
const INSIDE = "/srv/app";

/** How an app differs from an ordinary one. */
export interface AppOptions extends ContainerOptions {
  readonly image?: ImageName;
  readonly driver?: string;
  /** Where the app's address leads. */
  readonly host?: string;
  /** Whether DATABASE_URL is in the container's own configuration. */
  readonly stated?: boolean;
}

/** A stack with a server, an app and a project, and oakum as a process of its own. */
export class Site implements AsyncDisposable {
  private constructor(readonly stack: TestStack, readonly server: string) {}

  static async open(): Promise<Site> {
    const stack = await TestStack.create();
    const options = ["--env", `POSTGRES_PASSWORD=${PASSWORD}`, "--env", `POSTGRES_DB=${DATABASE}`];
    return new Site(stack, await stack.addServer("db", { options }));
  }

  get project(): string {
    return join(this.stack.folder, "project");
  }

  /** What leads an app to the database. */
  url({ driver = "psycopg", host = "db:5432" }: AppOptions = {}): string {
    return `postgresql+${driver}://postgres:${encodeURIComponent(PASSWORD)}@${host}/${DATABASE}`;
  }

  get password(): string {
    return PASSWORD;
  }

  /** An empty database, and a project for it. */
  async reset(revisions: readonly RevisionFile[], env?: EnvFile | string): Promise<void> {
    await psql(this.server, "postgres", `drop database if exists ${DATABASE} with (force)`);
    await psql(this.server, "postgres", `create database ${DATABASE}`);
    await emptyFolder(this.project);
    await Deno.remove(this.backups, { recursive: true }).catch(() => {});
    await writeProject(this.project, revisions, env);
    await Deno.chmod(this.stack.folder, 0o755);
  }

  /** Starts an app with the project in it; the one before it is removed. */
  async startApp(given: AppOptions = {}): Promise<string> {
    const { image = "app", stated = true, options = [], ...rest } = given;
    await this.stack.remove("web");
    await Deno.mkdir(this.project, { recursive: true });
    const mount = ["--volume", `${this.project}:${INSIDE}`, "--workdir", INSIDE];
    const address = stated ? ["--env", `DATABASE_URL=${this.url(given)}`] : [];
    return await this.stack.add("web", image, {
      ...rest,
      options: [...mount, ...address, ...options],
    });
  }

  get backups(): string {
    return join(this.stack.folder, "backups");
  }

  /** What a query says, by a way of the test's own. */
  ask(query: string, database = DATABASE): Promise<string> {
    const ask = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database];
    return output(["docker", "exec", this.server, ...ask, "-c", query]);
  }

  /** Somebody else's session that holds what its statement took, until it is disposed. */
  hold(statement: string): AsyncDisposable {
    const script = `begin; ${statement}; select pg_sleep(600)`;
    const psql = ["psql", "-qAtX", "-U", "postgres", "-d", DATABASE, "-c", script];
    const args = ["exec", this.server, "env", "PGAPPNAME=holder", ...psql];
    const child = new Deno.Command("docker", { args, stdout: "null", stderr: "null" }).spawn();
    return {
      [Symbol.asyncDispose]: async () => {
        const end = "select pg_terminate_backend(pid) from pg_stat_activity where " +
          "application_name = 'holder'";
        await this.ask(end);
        await child.status;
      },
    };
  }

  /** The modes of the locks that such a session has on tables. */
  held(): Promise<string> {
    return this.ask(
      "select coalesce(string_agg(mode, ' '), '') from pg_locks join pg_stat_activity using (pid) " +
        "where application_name = 'holder' and locktype = 'relation' and granted",
    );
  }

  /** What the version table holds, and the tables beside it: `aaaa1: apples`. */
  async state(): Promise<string> {
    const [known, tables] = (await this.ask(
      "select coalesce(to_regclass('alembic_version')::text, ''); " +
        "select coalesce(string_agg(tablename, ' ' order by tablename), '') from pg_tables " +
        "where schemaname = 'public' and tablename <> 'alembic_version'",
    )).split("\n");
    const head = known
      ? await this.ask(
        "select coalesce(string_agg(version_num, ' ' order by version_num), '') from alembic_version",
      )
      : "";
    return `${head}: ${tables ?? ""}`.trim();
  }

  async journal(): Promise<readonly JournalEntry[]> {
    const target = { project: this.stack.project, service: "db", database: DATABASE };
    return (await readJournal(join(targetPath(this.backups, target), JOURNAL))).entries;
  }

  /** Steps that were announced and have no outcome. */
  async openSteps(): Promise<number> {
    return unfinished(await this.journal()).length;
  }

  /** Starts oakum in the stack's folder, with events and report as JSON lines. */
  start(...args: readonly string[]): Program {
    return new Program([...args, "--json"], { cwd: this.stack.folder });
  }

  /** Runs it to its end. */
  run(...args: readonly string[]): Promise<Ran> {
    return endOf(this.start(...args));
  }

  /** Comes back when neither sessions, locks, containers, processes nor files of a run are left. */
  async untilNothingIsLeft(app: string): Promise<void> {
    const sessions = "select coalesce(string_agg(application_name, ', '), '') " +
      "from pg_stat_activity where application_name like 'oakum%'";
    const locks = "select count(*) from pg_locks where locktype = 'advisory'";
    await settles(async () => {
      assert.equal(await this.ask(sessions), "");
      assert.equal(await this.ask(locks), "0");
      assert.deepEqual(await this.#containersOfOurs(), []);
      const running = await output(["docker", "inspect", "-f", "{{.State.Running}}", app]);
      if (running === "true") {
        assert.doesNotMatch(
          await output(["docker", "top", app, "-eo", "pid,args"]),
          /request\["modules"/,
        );
      }
    });
  }

  async #containersOfOurs(): Promise<string[]> {
    const id = await output(["docker", "inspect", "-f", "{{.Id}}", this.server]);
    const list = ["docker", "ps", "-a", "-q", "--filter", `label=oakum.of=${id}`];
    return (await output(list)).split("\n").filter((one) => one !== "");
  }

  /** The files of runs that are not finished. */
  async temporaryFiles(): Promise<string[]> {
    const list = ["find", this.backups, "-name", ".oakum-tmp-*"];
    const found = await output(list).catch(() => "");
    return found.split("\n").filter((one) => one !== "");
  }

  /** The kinds of what `status` says is left of other runs, such as `step` and `file`. */
  async leftovers(): Promise<string[]> {
    const { code, stdout, stderr } = await oakum(["status", "--json"], { cwd: this.stack.folder });
    assert.equal(code, 0, stderr);
    const { leftovers } = JSON.parse(stdout) as { leftovers: { kind: string }[] };
    return leftovers.map(({ kind }) => kind).sort();
  }

  /** Whether the server ever took the end of a process for a crash of its own. */
  async hasCrashed(): Promise<boolean> {
    const log = await new Deno.Command("docker", { args: ["logs", this.server] }).output();
    const text = new TextDecoder();
    return /reinitializing|PANIC/.test(text.decode(log.stdout) + text.decode(log.stderr));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}

/** The folder itself stays: it is mounted. */
async function emptyFolder(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.remove(join(folder, name), { recursive: true });
  }
}

/** Comes back when something holds while a run is at work; fails with what it said if it ends first. */
export async function during(running: Program, holds: () => Promise<void>): Promise<void> {
  const early = running.ended().then(({ code, stdout, stderr }) => {
    throw new Error(`It ended first, with ${code}: ${stdout}${stderr}`);
  });
  await Promise.race([eventually(holds), early]);
}

/** What a run ended with. */
export interface Ran {
  readonly code: number;
  /** Everything that it wrote, for a failing test. */
  readonly said: string;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly warnings: readonly string[];
}

/** Waits for a run's end; its last line is the report or the error. */
export async function endOf(program: Program): Promise<Ran> {
  const { code, stdout, stderr } = await program.ended();
  const last = stdout.trim().split("\n").at(-1) || "{}";
  const { error, report } = JSON.parse(last);
  return { code, said: stdout + stderr, error, warnings: report?.warnings ?? [] };
}
