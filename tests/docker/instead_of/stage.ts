import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { output } from "../../../docker/command.ts";
import { DEMO_FOLDER, type DemoStack, SEEDED_REVISION, startDemo } from "../../../docker/demo.ts";
import { bash, type Ended } from "../../cli/program.ts";
import { MIGRATIONS } from "../stack.ts";

/** The newest revision of the demo, and the one before it. */
export const HEAD = "4f1c09ab27de";
export const BEFORE_HEAD = "0a7c6e4d8f13";

const ROWS = `
  INSERT INTO users (id, email, full_name, street, city) VALUES
    (1, 'ada@example.org', 'Ada Berg', 'Mill Road', 'Cork'),
    (2, 'hugo@example.org', 'Hugo Costa', 'High Street', 'Bergen');
  INSERT INTO artworks (id, seller_id, title, starting_price, status)
    VALUES (1, 1, 'Quiet Harbour', 20, 'listed');
  INSERT INTO bids (id, artwork_id, bidder_id, amount) VALUES (1, 1, 2, 25), (2, 1, 2, 30)`;

/** A stack like the demo's in a folder of its own, where lines of the README are typed. */
export class Stage implements AsyncDisposable {
  private constructor(readonly root: string, readonly stack: DemoStack) {}

  static async open(): Promise<Stage> {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "oakum-test-" }));
    await Deno.mkdir(join(root, "docker/demo"), { recursive: true });
    await Deno.copyFile(join(DEMO_FOLDER, "compose.yaml"), join(root, "docker/demo/compose.yaml"));
    await output(["cp", "--recursive", MIGRATIONS, root]);
    const project = `oakum-test-${randomBytes(4).toString("hex")}`;
    const folder = join(root, "docker/demo");
    const stack = await startDemo({ project, folder, say: () => {} });
    const stage = new Stage(root, stack);
    await stack.upgrade(SEEDED_REVISION);
    await stage.sql(ROWS);
    return stage;
  }

  /** The stack's folder, in which everything is typed. */
  get folder(): string {
    return join(this.root, "docker/demo");
  }

  /** Types a line; `oakum` has to end with the code. */
  async type(line: string, code = 0): Promise<Ended> {
    const ended = await bash(line, { cwd: this.folder });
    assert.equal(ended.code, code, `${line}\n${ended.stderr}${ended.stdout}`);
    return ended;
  }

  /** The report that a command prints with --json; of a long one it is the last line. */
  async report<Report>(command: string, code = 0): Promise<Report> {
    const { stdout } = await this.type(`${command} --json`, code);
    const whole = stdout.trimEnd().split("\n");
    const last = whole.at(-1)!;
    return last.startsWith('{"type"') ? JSON.parse(last).report : JSON.parse(stdout);
  }

  sql(query: string): Promise<string> {
    const psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "auction"];
    return this.exec("db", ...psql, "-c", query);
  }

  /** What the version table holds. */
  async versions(): Promise<string[]> {
    const rows = await this.sql("SELECT version_num FROM alembic_version ORDER BY 1");
    return rows.split("\n").filter((row) => row !== "");
  }

  async hasTable(name: string): Promise<boolean> {
    return await this.sql(`SELECT to_regclass('public.${name}') IS NOT NULL`) === "t";
  }

  /** Everything that a restore has to bring back, as one line. */
  content(): Promise<string> {
    const rows = (table: string) => `(SELECT string_agg(t::text, ',' ORDER BY t) FROM ${table} t)`;
    return this.sql(`SELECT ${["users", "bids", "alembic_version"].map(rows).join(" || ")}`);
  }

  /** Every table and column there is. */
  columns(): Promise<string> {
    const column = "table_name || '.' || column_name";
    const all = "information_schema.columns WHERE table_schema = 'public'";
    return this.sql(`SELECT string_agg(${column}, ' ' ORDER BY ${column}) FROM ${all}`);
  }

  /** Brings the database to a revision, with the app's own Alembic. */
  async at(revision: string): Promise<void> {
    if ((await this.versions()).join() === revision) return;
    await this.alembic("upgrade", "head");
    if (revision !== HEAD) await this.alembic("downgrade", revision);
    assert.deepEqual(await this.versions(), [revision]);
  }

  alembic(...args: string[]): Promise<string> {
    return this.exec("web", "alembic", ...args);
  }

  /** Runs a program in a service's container; a good deal faster than `docker compose exec`. */
  exec(service: string, ...command: string[]): Promise<string> {
    return output(["docker", "exec", `${this.stack.project}-${service}-1`, ...command]);
  }

  /** Writes a file in the stack's folder, and hands back its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** Paths of the revision files on this machine. */
  async revisionFiles(): Promise<string[]> {
    const folder = join(this.root, "migrations/versions");
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => join(folder, name)).filter((path) => path.endsWith(".py"));
  }

  /** Paths of the dumps in the folder of this stack's backups. */
  async dumps(): Promise<string[]> {
    const folder = join(this.folder, "backups", this.stack.project, "db.auction");
    const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    return entries.map(({ name }) => join(folder, name)).filter((path) => path.endsWith(".dump"))
      .sort((one, other) => basename(one) < basename(other) ? -1 : 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
    await Deno.remove(this.root, { recursive: true });
  }
}
