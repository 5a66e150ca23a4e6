import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../../docker/command.ts";
import { type Ended, oakum } from "../../cli/program.ts";
import { poll, TestStack } from "../stack.ts";
import { untilReady } from "../ready.ts";
import { BRANCHES, writeProject } from "../verbs/project.ts";
import { type Row, serverImage } from "./rows.ts";

const PROJECT = "/srv/project";

/** Paintings are hung, then framed. */
const REVISIONS = BRANCHES.slice(0, 2);

const MODELS = `
from sqlalchemy import MetaData

metadata = MetaData()
`;

const NAMES = {
  plain: { database: "gallery", user: "curator", password: "framed" },
  odd: { database: 'The "Gallery"', user: "Chief Curator", password: "it's 100 % @ur/own: ü" },
} as const;

/** A row's stack, in whose folder oakum is typed. */
export class Site implements AsyncDisposable {
  private constructor(
    private readonly stack: TestStack,
    /** The server's container. */
    readonly server: string,
    readonly names: typeof NAMES[Row["names"]],
  ) {}

  static async open(row: Row): Promise<Site> {
    const stack = await TestStack.create();
    try {
      const names = NAMES[row.names];
      const server = await startServer(stack, row);
      await startApp(stack, row);
      return new Site(stack, server, names);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Types a command in the stack's folder. */
  async type(args: readonly string[]): Promise<Ended> {
    const ended = await oakum(args, { cwd: this.stack.folder });
    const said = `${args.join(" ")}\n${ended.stderr}${ended.stdout}`;
    assert.equal(ended.code, 0, said);
    assert.ok(!said.includes(this.names.password), "no password is printed");
    return ended;
  }

  /** The report that a command prints with --json; of a long one it is the last line. */
  async report<Report>(...args: string[]): Promise<Report> {
    const { stdout } = await this.type([...args, "--json"]);
    const last = stdout.trimEnd().split("\n").at(-1)!;
    return last.startsWith('{"type"') ? JSON.parse(last).report : JSON.parse(stdout);
  }

  /** What the server's own psql answers. */
  sql(query: string): Promise<string> {
    const { user, database } = this.names;
    const psql = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database];
    return output(["docker", "exec", this.server, ...psql, "-c", query]);
  }

  /** Every row of the paintings, in the order of the database's collation. */
  titles(): Promise<string> {
    return this.sql("SELECT coalesce(string_agg(title, ' ' ORDER BY title), '') FROM paintings");
  }

  /** Containers of oakum's that stand beside the server. */
  async helpers(): Promise<string> {
    const id = await output(["docker", "inspect", "--format", "{{.Id}}", this.server]);
    return await output(["docker", "ps", "-aq", "--filter", `label=oakum.of=${id}`]);
  }

  /** Whether the server ever took something for a crash of its own. */
  async hasCrashed(): Promise<boolean> {
    const log = await output(["sh", "-c", 'docker logs "$1" 2>&1', "sh", this.server]);
    return /reinitializing|PANIC/.test(log);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}

async function startServer(stack: TestStack, row: Row): Promise<string> {
  const { database, user, password } = NAMES[row.names];
  const icu = row.locale === "icu" ? " --locale-provider=icu --icu-locale=sv-SE" : "";
  const name = await stack.add("store", serverImage(row), {
    options: [
      ...["--env", `POSTGRES_DB=${database}`, "--env", `POSTGRES_USER=${user}`],
      ...["--env", `POSTGRES_PASSWORD=${password}`],
      ...["--env", `POSTGRES_INITDB_ARGS=--no-sync${icu}`],
    ],
    command: ["postgres", "-c", "fsync=off"],
  });
  await poll(name, ["docker", "exec", name, ...untilReady()]);
  return name;
}

async function startApp(stack: TestStack, { names, app, driver }: Row): Promise<void> {
  const folder = join(stack.folder, "project");
  await writeProject(folder, REVISIONS, { "models.py": MODELS });
  await output(["chmod", "-R", "a+rX", stack.folder]);
  const { database } = NAMES[names];
  const [user, password] = [NAMES[names].user, NAMES[names].password].map(encodeURIComponent);
  // SQLAlchemy takes what stands for the database as it is, and reads percents in the rest.
  const url = `postgresql+${driver}://${user}:${password}@store/${database}`;
  await stack.add("studio", app, {
    options: [
      ...["--env", `DATABASE_URL=${url}`],
      ...["--volume", `${folder}:${PROJECT}`, "--workdir", PROJECT],
    ],
    command: ["sleep", "infinity"],
  });
}
