import { output } from "../../docker/command.ts";
import { PROGRAM } from "../cli/program.ts";
import type { Measured } from "./measure.ts";
import type { Pair } from "./pairs.ts";
import { AUCTION, type BenchStack, INDEX_REVISION, INDEX_SQL } from "./stack.ts";

/** Where one stack's files go: those of scripts, and oakum's backups. */
export interface Files {
  readonly script: string;
  readonly bare: string;
  readonly backups: string;
}

/** The files of one stack, below `folder`. */
export function filesIn(folder: string, { major }: BenchStack): Files {
  return {
    script: `${folder}/script-${major}.sql.gz`,
    bare: `${folder}/bare-${major}.dump`,
    backups: `${folder}/backups-${major}`,
  };
}

/** A run of oakum on the stack, as a person would type it. */
export function oakumRun(stack: BenchStack, files: Files, ...args: string[]): Measured {
  const env = { COMPOSE_PROJECT_NAME: stack.project, OAKUM_BACKUP_DIR: files.backups };
  return { argv: [...PROGRAM, ...args], env };
}

/** A shell line as scripts have it; `pipefail`, or a failed dump would look fast. */
function shell(line: string, ...args: string[]): Measured {
  return { argv: ["bash", "-c", `set -euo pipefail; ${line}`, "bash", ...args] };
}

/** What the README's figures compare, in its order. */
export function pairsOf(stack: BenchStack, files: Files): Pair[] {
  const { container, major } = stack;
  const recent = Number(major) >= 16;
  const script = shell(
    'docker exec "$1" pg_dump -U auction auction | gzip > "$2"',
    ...[container, files.script],
  );
  const bare = shell(
    `docker exec "$1" pg_dump -U auction -Fc -Z ${recent ? "zstd:1" : "1"} auction > "$2"`,
    ...[container, files.bare],
  );
  const fast = oakumRun(stack, files, "backup", "--verify", "none");
  return [
    {
      name: `PG ${major}: \`oakum backup\` against \`docker exec … pg_dump \\| gzip > file\``,
      baseline: script,
      ours: oakumRun(stack, files, "backup"),
      wanted: recent ? "≥ 2.8×" : "≥ 1.8×",
    },
    {
      name: `PG ${major}: \`oakum backup --verify none\` against the same`,
      baseline: script,
      ours: fast,
      wanted: recent ? "≥ 3.5×" : "≥ 2×",
    },
    {
      name:
        `PG ${major}: \`oakum backup --verify none\` against the bare \`docker exec … pg_dump -Fc\``,
      baseline: bare,
      ours: fast,
      wanted: "≥ 0.91× (at most 1.10× its time)",
    },
    {
      name: `PG ${major}: \`oakum restore\` against \`gunzip -c \\| docker exec -i psql\``,
      baseline: {
        ...shell(
          'gunzip -c "$2" | docker exec -i "$1" psql -XqU auction fresh',
          container,
          files.script,
        ),
        before: () => freshDatabase(stack),
        after: async () => void await stack.sql("DROP DATABASE fresh", "postgres"),
      },
      ours: {
        ...oakumRun(stack, files, "restore", "--yes", "latest"),
        after: () => dropReplaced(stack),
      },
      wanted: "≥ 1.5×",
    },
    ...rehearsalPairs(stack, files),
  ];
}

/** What a rehearsal and the guard add to what has to be done anyway; a backup is there by now. */
function rehearsalPairs(stack: BenchStack, files: Files): Pair[] {
  const { container, app, major } = stack;
  const { argv: restore, env } = oakumRun(stack, files, "restore", "--yes", "latest");
  const back = ["docker", "exec", app, "alembic", "downgrade", "-1"] as const;
  const goBack = async () => void await output([...back]);
  return [
    {
      name:
        `PG ${major}: \`oakum rehearse\` of a revision that adds an index, against \`oakum restore\` and the index`,
      baseline: {
        ...shell(
          'docker=$1 sql=$2; shift 2; "$@"; docker exec "$docker" psql -XqU auction -c "$sql" auction',
          ...[container, INDEX_SQL, ...restore],
        ),
        ...env ? { env } : {},
        after: async () => {
          await stack.sql("DROP INDEX ix_bids_placed_at");
          await dropReplaced(stack);
        },
      },
      ours: oakumRun(stack, files, "rehearse", "--allow", "blocks-writes"),
      wanted: "≥ 0.77× (at most 1.3× its time)",
    },
    {
      name:
        `PG ${major}: \`oakum upgrade\`, backed up and rehearsed, against \`docker exec … alembic upgrade\``,
      baseline: {
        argv: ["docker", "exec", app, "alembic", "upgrade", INDEX_REVISION],
        after: goBack,
      },
      ours: {
        ...oakumRun(
          stack,
          files,
          "upgrade",
          "--yes",
          "--backup",
          "none",
          "--allow",
          "blocks-writes",
        ),
        after: goBack,
      },
      wanted: "at most 10 % or 3 s more, whichever is more",
    },
  ];
}

async function freshDatabase(stack: BenchStack): Promise<void> {
  await stack.sql("DROP DATABASE IF EXISTS fresh", "postgres");
  await stack.sql("CREATE DATABASE fresh TEMPLATE template0", "postgres");
}

/** A restore keeps the database that it replaced; five of them would fill the disk. */
async function dropReplaced(stack: BenchStack): Promise<void> {
  const names = await stack.sql(
    `SELECT quote_ident(datname) FROM pg_database WHERE datname LIKE '${AUCTION}\\_\\_%'`,
    "postgres",
  );
  for (const name of names.split("\n").filter((name) => name !== "")) {
    await stack.sql(`DROP DATABASE ${name} WITH (FORCE)`, "postgres");
  }
}
