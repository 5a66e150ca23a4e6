import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { output } from "../../../docker/command.ts";
import { ensureCompose } from "../../../docker/engine.ts";
import { ensureImages } from "../../../docker/images.ts";
import { type Ended, oakum } from "../../cli/program.ts";
import { poll } from "../stack.ts";
import { untilReady } from "../ready.ts";
import { BRANCHES, writeProject } from "../verbs/project.ts";

/** The bakery's database and its user. */
export const DATABASE = "The Bakery";
export const USER = "Baker Boss";

const PASSWORD = "bread & salt €/@home://x'y";

const ENV = `
import os

from alembic import context
from sqlalchemy import URL, create_engine, pool

from models import metadata

url = URL.create(
    "postgresql+psycopg2",
    username=os.environ["DB_USER"],
    password=os.environ["DB_PASSWORD"],
    host=os.environ["DB_HOST"],
    database=os.environ["DB_NAME"],
)

with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table="moves",
        version_table_schema="ledger",
    )
    with context.begin_transaction():
        context.run_migrations()
`;

/** Paintings of the usual project do for loaves: hung, then framed. */
const REVISIONS = BRANCHES.slice(0, 2);

/** The models as the two revisions leave them. */
const MODELS = `
from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()
paintings = Table(
    "paintings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("frame", Text),
)
`;

function composeFile(project: string, images: { store: string; kitchen: string }): string {
  const quoted = JSON.stringify(PASSWORD);
  return `name: ${project}
services:
  store:
    image: ${images.store}
    command: postgres -c fsync=off
    environment:
      POSTGRES_DB: ${DATABASE}
      POSTGRES_USER: ${USER}
      POSTGRES_PASSWORD: ${quoted}
    volumes:
      - ./init:/docker-entrypoint-initdb.d:ro
  kitchen:
    image: ${images.kitchen}
    read_only: true
    user: "1000:1000"
    working_dir: /srv/kitchen
    environment:
      DB_HOST: store
      DB_NAME: ${DATABASE}
      DB_USER: ${USER}
      DB_PASSWORD: ${quoted}
    volumes:
      - ./kitchen:/srv/kitchen
`;
}

/** A stack that was not written with oakum in mind, brought up by `docker compose`. */
export class Bakery implements AsyncDisposable {
  /** The verbs that were typed. */
  readonly typed = new Set<string>();

  private constructor(readonly project: string, readonly folder: string) {}

  static async open(): Promise<Bakery> {
    await ensureCompose(() => {});
    const tags = await ensureImages(["postgres15-alpine", "app-uv"], () => {});
    const project = `oakum-test-${randomBytes(4).toString("hex")}`;
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: `${project}-` }));
    const images = { store: tags["postgres15-alpine"], kitchen: tags["app-uv"] };
    await Deno.writeTextFile(join(folder, "compose.yaml"), composeFile(project, images));
    await Deno.mkdir(join(folder, "init"));
    await Deno.writeTextFile(join(folder, "init/ledger.sql"), "CREATE SCHEMA ledger;\n");
    const files = { "migrations/env.py": ENV, "models.py": MODELS };
    await writeProject(join(folder, "kitchen"), REVISIONS, files);
    // The folder and what is in it are read by another user in the containers.
    await output(["chmod", "-R", "a+rX", folder]);
    const bakery = new Bakery(project, folder);
    try {
      await bakery.compose("up", "--detach");
      const store = `${project}-store-1`;
      await poll(store, ["docker", "exec", store, ...untilReady()]);
    } catch (error) {
      await bakery[Symbol.asyncDispose]();
      throw error;
    }
    return bakery;
  }

  compose(...args: string[]): Promise<string> {
    return output(["docker", "compose", ...args], { cwd: this.folder });
  }

  /** Types a command in the stack's folder, without a flag that says where anything is. */
  async type(
    args: readonly string[],
    code = 0,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    this.typed.add(args[0]!);
    const ended = await oakum(args, { cwd: this.folder, env });
    const said = `${args.join(" ")}\n${ended.stderr}${ended.stdout}`;
    assert.equal(ended.code, code, said);
    assert.ok(!said.includes(PASSWORD), "no password is printed");
    return ended;
  }

  /** The report that a command prints with --json; of a long one it is the last line. */
  async report<Report>(args: readonly string[], code = 0): Promise<Report> {
    const { stdout } = await this.type([...args, "--json"], code);
    const last = stdout.trimEnd().split("\n").at(-1)!;
    return last.startsWith('{"type"') ? JSON.parse(last).report : JSON.parse(stdout);
  }

  sql(query: string, database = DATABASE): Promise<string> {
    const psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", USER];
    return this.exec("store", ...psql, "-d", database, "-c", query);
  }

  exec(service: string, ...command: string[]): Promise<string> {
    return output(["docker", "exec", `${this.project}-${service}-1`, ...command]);
  }

  /** What the app's own version table holds. */
  async versions(): Promise<string[]> {
    if (await this.sql("SELECT to_regclass('ledger.moves') IS NULL") === "t") return [];
    const rows = await this.sql("SELECT version_num FROM ledger.moves ORDER BY 1");
    return rows.split("\n").filter((row) => row !== "");
  }

  titles(database = DATABASE): Promise<string> {
    return this.sql("SELECT string_agg(title, ',' ORDER BY id) FROM paintings", database);
  }

  /** The names of what lies in the stack's folder. */
  async files(): Promise<string[]> {
    const entries = await Array.fromAsync(Deno.readDir(this.folder));
    return entries.map(({ name }) => name).sort();
  }

  /** The databases of the server, without PostgreSQL's own. */
  async databases(): Promise<string[]> {
    const own = "NOT datistemplate AND datname <> 'postgres'";
    const names = await this.sql(`SELECT datname FROM pg_database WHERE ${own} ORDER BY 1`);
    return names.split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose("down", "--volumes", "--timeout", "1");
    await Deno.remove(this.folder, { recursive: true });
  }
}
