import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { output, run } from "../../docker/command.ts";
import type { Manifest } from "../../src/backups/manifest.ts";
import { parseTemporary } from "../../src/backups/names.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { type Ended, oakum, type Start } from "../cli/program.ts";
import { settles } from "../docker/polling.ts";
import { TestStack } from "../docker/stack.ts";
import { Program } from "./started.ts";

/** How a shop differs from a small one of the name `shop`. */
export interface ShopOptions {
  readonly database?: string;
  /** Rows of a table that does not compress; each is about 1 kB in a dump. */
  readonly noise?: number;
  /** SQL that is run in it at the end. */
  readonly sql?: string;
  /** Settings of the server, such as `max_connections=10`. */
  readonly settings?: readonly string[];
}

const TABLES = `
  create role clerk nologin;
  create table artworks (id bigint generated always as identity primary key, title text not null);
  create table bids (id serial primary key, artwork bigint not null references artworks,
    cents int not null check (cents > 0));
  insert into artworks (title) select 'Work ' || n from generate_series(1, 50) n;
  insert into bids (artwork, cents) select 1 + n % 50, n from generate_series(1, 5000) n;
  grant select on bids to clerk;`;

/** A stack whose database is backed up by the real program, and what it must be like afterwards. */
export class Shop implements AsyncDisposable {
  private constructor(
    readonly stack: TestStack,
    /** The database container's name. */
    readonly container: string,
    readonly id: string,
    readonly database: string,
  ) {}

  static async open(
    { database = "shop", noise = 0, sql = "", settings = [] }: ShopOptions = {},
  ): Promise<Shop> {
    const stack = await TestStack.create();
    try {
      const options = ["--env", "POSTGRES_PASSWORD=secret", "--env", `POSTGRES_DB=${database}`];
      const command = settings.flatMap((setting) => ["-c", setting]);
      const container = await stack.addServer("db", { options, command });
      const id = await output(["docker", "inspect", "--format", "{{.Id}}", container]);
      const shop = new Shop(stack, container, id, database);
      const fill = `create table noise as select n, n % 7 as page,
        (select string_agg(md5(n::text || i || random()), '') from generate_series(1, 32) i) as text
        from generate_series(1, ${noise}) n;`;
      await shop.psql(TABLES + (noise > 0 ? fill : "") + sql);
      return shop;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The folder of this target's backups, with the default settings. */
  get backups(): string {
    return `${this.stack.folder}/backups/${this.stack.project}/db.${this.database}`;
  }

  /** Runs statements by psql in the container, and hands back what they printed. */
  async psql(script: string, database = this.database): Promise<string> {
    const psql = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database];
    return await output(["docker", "exec", this.container, ...psql, "-c", script]);
  }

  /** Runs oakum in the stack's folder to its end. */
  async oakum(args: readonly string[], start: Start = {}): Promise<Ended> {
    return await oakum(args, { cwd: this.stack.folder, ...start });
  }

  /** Runs oakum and asserts its exit code; hands back everything that it said. */
  async exits(code: number, args: readonly string[], start: Start = {}): Promise<string> {
    const ended = await this.oakum(args, start);
    const said = `${ended.stdout}\n${ended.stderr}`;
    assert.equal(ended.code, code, `oakum ${args.join(" ")}: ${said}`);
    assert.doesNotMatch(said, /\n {4}at |defect/, `a stack is for defects: ${said}`);
    return said;
  }

  /** Starts oakum with `--json` in the stack's folder, to be met at an event. */
  start(args: readonly string[], start: Start = {}): Program {
    return new Program([...args, "--json"], { cwd: this.stack.folder, ...start });
  }

  /** Takes a backup that must be good; its manifest. */
  async backUp(...flags: string[]): Promise<Manifest> {
    const args = ["backup", "--json", "--quiet", "--verify", "none", ...flags];
    const { code, stdout, stderr } = await this.oakum(args);
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout).manifest;
  }

  /** The backups as `oakum backups` lists them. */
  async list(): Promise<{ id: string; state: string }[]> {
    const { stdout, stderr } = await this.oakum(["backups", "--json"]);
    try {
      return JSON.parse(stdout).targets[0].backups;
    } catch {
      throw new Error(`no list of backups: ${stdout}${stderr}`);
    }
  }

  /** The names in the backup folder, the lock's aside. */
  files(): string[] {
    try {
      return [...Deno.readDirSync(this.backups)].map(({ name }) => name)
        .filter((name) => name !== ".lock").sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** Everything on the server that a person could lose, as one hash. */
  async hash(): Promise<string> {
    const list = `select datname from pg_database where datallowconn order by 1`;
    const databases = (await this.psql(list)).split("\n");
    const hash = createHash("sha256").update(databases.join());
    for (const database of databases.filter((name) => !name.startsWith("template"))) {
      const dump = ["pg_dump", "-U", "postgres", "--create", "-d", database];
      hash.update(withoutRestrict(await output(["docker", "exec", this.container, ...dump])));
    }
    const globals = ["pg_dumpall", "-U", "postgres", "--globals-only"];
    hash.update(withoutRestrict(await output(["docker", "exec", this.container, ...globals])));
    return hash.digest("hex");
  }

  /** oakum's containers that serve this database or its sandbox, with their anonymous volumes. */
  async helpers(): Promise<Helpers> {
    const filter = ["--filter", `label=${LABELS.run}`];
    const list = await output(["docker", "ps", "--all", "--quiet", "--no-trunc", ...filter]);
    const found = await Promise.all(list.split("\n").filter(Boolean).map(inspect));
    const there = found.filter((one) => one !== undefined);
    const own = there.filter(({ of }) => of === this.id);
    const ids = new Set(own.map(({ id }) => id));
    const all = there.filter(({ id, of }) => ids.has(id) || ids.has(of));
    return {
      names: all.map(({ name }) => name),
      running: all.filter(({ running }) => running).map(({ name }) => name),
      volumes: all.flatMap(({ volumes }) => volumes),
    };
  }

  /** Waits until nothing runs any more of what a run had started; `known` was seen meanwhile. */
  async assertQuiet(known: Helpers = NONE): Promise<void> {
    await settles(async () => assert.deepEqual((await this.helpers()).running, []));
    // A run that died between making a container and starting it leaves one that runs nothing.
    const unstarted = (await this.helpers()).volumes;
    for (const volume of known.volumes.filter((name) => !unstarted.includes(name))) {
      await settles(async () => {
        const { code } = await run(["docker", "volume", "inspect", volume]);
        assert.notEqual(code, 0, `the anonymous volume ${volume} is left`);
      });
    }
    const sessions = "select application_name from pg_stat_activity " +
      "where application_name like 'oakum/%' or query like '%pg_export_snapshot%' and " +
      "pid <> pg_backend_pid()";
    await settles(async () => assert.equal(await this.psql(sessions), ""));
    assert.doesNotMatch(await this.log(), /reinitializing|PANIC/);
  }

  /** What a run may leave that was killed: files whose names say so, and nothing else. */
  temporaryFiles(): string[] {
    return this.files().filter((name) => parseTemporary(name) !== undefined);
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await run(["docker", "logs", this.container]);
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}

/** Containers of a run and the volumes that go with them. */
export interface Helpers {
  readonly names: readonly string[];
  readonly running: readonly string[];
  readonly volumes: readonly string[];
}

const NONE: Helpers = { names: [], running: [], volumes: [] };

async function inspect(id: string) {
  const { code, stdout } = await run(["docker", "inspect", id]);
  if (code !== 0) return undefined; // It went meanwhile.
  const [{ Name, State, Config, Mounts }] = JSON.parse(stdout);
  const volumes: string[] = Mounts.flatMap(({ Type, Name }: { Type: string; Name?: string }) =>
    Type === "volume" && Name ? [Name] : []
  );
  const of: string = Config.Labels[LABELS.of];
  return { id, of, name: Name.slice(1) as string, running: State.Running as boolean, volumes };
}

/** Newer dumps carry a key of chance. */
function withoutRestrict(dump: string): string {
  return dump.replaceAll(/^\\(un)?restrict .*$/gm, "");
}
