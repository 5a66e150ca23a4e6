import { join } from "node:path";

/** A revision file: what follows what, and what its functions do, a line each. */
export interface RevisionFile {
  readonly id: string;
  readonly down?: string | readonly string[] | undefined;
  readonly upgrade?: readonly string[];
  /** A file may do without it. */
  readonly downgrade?: readonly string[] | "missing";
  readonly doc?: string;
  /** Lines after the imports, such as `branch_labels = ("shop",)`. */
  readonly head?: readonly string[];
}

/** An ordinary env.py; `before` and `after` are lines around `context.begin_transaction()`. */
export interface EnvFile {
  readonly configure?: string;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly top?: readonly string[];
}

/** Writes an Alembic project into a folder that everybody may read. */
export async function writeProject(
  folder: string,
  revisions: readonly RevisionFile[],
  env: EnvFile | string = {},
): Promise<void> {
  await Deno.mkdir(join(folder, "versions"), { recursive: true });
  await Deno.writeTextFile(join(folder, "alembic.ini"), "[alembic]\nscript_location = .\n");
  await Deno.writeTextFile(join(folder, "script.py.mako"), "revision = ${repr(up_revision)}\n");
  await Deno.writeTextFile(join(folder, "env.py"), typeof env === "string" ? env : envText(env));
  for (const revision of revisions) await writeRevision(folder, revision);
}

/** Writes one revision file, over the one that is there. */
export async function writeRevision(folder: string, revision: RevisionFile): Promise<void> {
  await Deno.writeTextFile(join(folder, `versions/${revision.id}.py`), revisionText(revision));
}

function revisionText({ id, down, upgrade, downgrade, doc, head = [] }: RevisionFile): string {
  const parent = down === undefined
    ? "None"
    : typeof down === "string"
    ? `"${down}"`
    : `(${down.map((one) => `"${one}",`).join(" ")})`;
  return [
    `"""${doc ?? `Revision ${id}`}"""`,
    "import sys, os, time, re",
    "import sqlalchemy as sa",
    "from alembic import op",
    `revision = "${id}"`,
    `down_revision = ${parent}`,
    ...head,
    ...functionText("upgrade", upgrade),
    ...downgrade === "missing" ? [] : functionText("downgrade", downgrade),
    "",
  ].join("\n");
}

function functionText(name: string, lines: readonly string[] = ["pass"]): string[] {
  return ["", `def ${name}():`, ...lines.map((line) => `    ${line}`)];
}

function envText({ configure = "", before = [], after = [], top = [] }: EnvFile): string {
  const inner = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
  return [
    "import os, sys, time",
    "import sqlalchemy as sa",
    "from alembic import context",
    ...top,
    "engine = sa.create_engine(os.environ['DATABASE_URL'], poolclass=sa.pool.NullPool)",
    "with engine.connect() as connection:",
    ...inner(before),
    `    context.configure(connection=connection${configure && `, ${configure}`})`,
    "    with context.begin_transaction():",
    "        context.run_migrations()",
    ...inner(after),
    "",
  ].join("\n");
}

/** Three revisions of one table each: `a1`, `b2`, `c3`. */
export const THREE: readonly RevisionFile[] = [
  table("aaaa1", undefined, "apples"),
  table("bbbb2", "aaaa1", "bananas"),
  table("cccc3", "bbbb2", "cherries"),
];

/** A revision that makes one table, and drops it again. */
export function table(id: string, down: string | undefined, name: string): RevisionFile {
  return {
    id,
    down,
    doc: `Sell ${name}`,
    upgrade: [`op.create_table("${name}", sa.Column("id", sa.Integer, primary_key=True))`],
    downgrade: [`op.drop_table("${name}")`],
  };
}
