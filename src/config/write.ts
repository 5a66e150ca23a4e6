import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { CONFIG_NAMES } from "./file.ts";
import type { Guard } from "./levels.ts";

/** What `oakum init` found out or was told; everything else becomes a commented example. */
export interface ConfigFacts {
  readonly project?: string | undefined;
  readonly app?: {
    readonly service: string;
    readonly workdir?: string | undefined;
    readonly alembic?: string | undefined;
  } | undefined;
  readonly database?: {
    readonly service: string;
    readonly name?: string | undefined;
    readonly user?: string | undefined;
  } | undefined;
  /** The project that the folder itself leads to: it stays a comment. */
  readonly folderProject?: string | undefined;
  /** Why these values, where they were found. */
  readonly origins?: {
    readonly app?: string | undefined;
    readonly database?: string | undefined;
    readonly name?: string | undefined;
  };
  readonly guard: Guard;
}

/** The text of a commented `oakum.yaml`. */
export function configText(facts: ConfigFacts): string {
  const { project, folderProject, app, database, origins, guard } = facts;
  return `# Settings of oakum. All of them are optional: what is missing is found out, and
# \`oakum status --verbose\` says from where. \`oakum config schema\` prints the whole schema.

# The Compose project, as docker compose -p; without it, the one that runs from this folder.
${line("project", project, folderProject ?? "shop")}

# Where the migration tool is.
${
    group("app", [
      line("service", app?.service, "web", origins?.app),
      line("workdir", app?.workdir, "/srv/service"),
      line("alembic", app?.alembic, "alembic.ini"),
    ])
  }

# Where the database is.
${
    group("database", [
      line("service", database?.service, "db", origins?.database),
      line("name", database?.name, "shop", origins?.name),
      line("user", database?.user, "shop"),
    ])
  }

# What oakum does before it changes a database:
#   full    rehearses an upgrade on a copy of the data, and takes a backup
#   backup  takes a backup
#   none    nothing: for a database that may be lost
guard: ${guard}

backups:
  # Where backups go; relative to this file.
  dir: backups
  # How far each backup is proved: read (checksum and a full read), restore, or none.
  verify: read

upgrade:
  # How long a migration waits for a lock before it steps back and tries again.
  lock_timeout: 3s
  # What happens where a revision fails after others were applied: stop, downgrade or restore.
  on_failure: stop
  # Addresses that must answer afterwards.
  # health: ["http://localhost:8000/health"]
`;
}

/** A setting with why it is so, or a commented example of it. */
function line(key: string, value: string | undefined, example: string, from?: string): string {
  if (value === undefined) return `# ${key}: ${comment(example)}`;
  return `${key}: ${scalar(value)}${from === undefined ? "" : `  # ${comment(from)}`}`;
}

/** Names and labels of containers are not trusted: nothing in a comment may end its line. */
function comment(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

/** A group with its settings; commented as a whole where none of them is set. */
function group(key: string, lines: readonly string[]): string {
  const open = lines.some((each) => !each.startsWith("# "));
  if (open) return [`${key}:`, ...lines.map((each) => `  ${each}`)].join("\n");
  return [`# ${key}:`, ...lines.map((each) => `#   ${each.slice(2)}`)].join("\n");
}

/** Text as YAML: bare where it can only be read as text, else as JSON, which YAML reads too. */
function scalar(text: string): string {
  const bare = /^[A-Za-z_/][A-Za-z0-9_./-]*$/.test(text) && !/^(true|false|null)$/i.test(text);
  return bare ? text : JSON.stringify(text);
}

/** Refuses a folder that has a settings file. */
export async function requireNoConfig(folder: string): Promise<void> {
  for (const name of CONFIG_NAMES) {
    if (await isThere(join(folder, name))) throw exists(join(folder, name));
  }
}

/** Writes the text as `oakum.yaml` into the folder; a file that is there is never replaced. */
export async function writeConfig(folder: string, text: string): Promise<string> {
  await requireNoConfig(folder);
  const path = join(folder, CONFIG_NAMES[0]);
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists ? exists(path) : unwritable(path, error);
  }
  return path;
}

function isThere(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

function exists(path: string): OakumError {
  return new OakumError("config-exists", "refused", `"${path}" exists and is left as it is.`, {
    hint: "Edit it, or move it away first; `oakum init --dry-run` prints what would be written.",
    data: { file: path },
  });
}

function unwritable(path: string, cause: unknown): OakumError {
  return new OakumError("config-unwritable", "refused", `"${path}" cannot be written.`, {
    hint: "Check the folder's permissions.",
    data: { file: path },
    cause,
  });
}
