import { output } from "../../docker/command.ts";
import { type DemoStack, SEEDED_REVISION, startDemo } from "../../docker/demo.ts";
import { ensureImages } from "../../docker/images.ts";

/** The demo's stack, grown until its database has a wanted size. */
export interface BenchStack extends AsyncDisposable {
  readonly project: string;
  /** The name of the database's container. */
  readonly container: string;
  readonly major: string;
  /** Bytes, as `pg_database_size` has it. */
  readonly size: number;
  /** The name of the app's container. */
  readonly app: string;
  /** Runs SQL in a database as its superuser. */
  sql(statement: string, database?: string): Promise<string>;
}

/** The database's user and name in the demo. */
export const AUCTION = "auction";

/** The demo's newest revision, and one that follows it here: it adds an index to the largest table. */
const NEWEST = "4f1c09ab27de";
export const INDEX_REVISION = "b1d5a7c0ffee";
const INDEX = `"""index bids by time"""

from alembic import op

revision = "${INDEX_REVISION}"
down_revision = "${NEWEST}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_bids_placed_at", "bids", ["placed_at"])


def downgrade() -> None:
    op.drop_index("ix_bids_placed_at", table_name="bids")
`;

/** The SQL of that revision, as a person would type it. */
export const INDEX_SQL = "CREATE INDEX ix_bids_placed_at ON bids (placed_at)";

/** Starts the stack on a made image and fills it to about `gigabytes`. */
export async function startBench(
  image: "postgres17" | "postgres15",
  gigabytes: number,
): Promise<BenchStack> {
  const { [image]: database } = await ensureImages([image]);
  const major = image.slice("postgres".length);
  const project = `oakum-bench-${major}`;
  // What an interrupted run left would be filled twice.
  await output(["docker", "compose", "--project-name", project, "down", "--volumes"]);
  const demo = await startDemo({ project, database, folder: await stackFolder(project) });
  try {
    return await fill(demo, major, gigabytes);
  } catch (error) {
    await demo[Symbol.asyncDispose]();
    throw error;
  }
}

/** The demo's files, with one more revision. */
async function stackFolder(project: string): Promise<string> {
  const root = new URL("../../", import.meta.url).pathname;
  const copy = `${root}build/bench/${project}`;
  await Deno.mkdir(`${copy}/docker`, { recursive: true });
  await output(["cp", "-r", `${root}docker/demo`, `${copy}/docker/demo`]);
  await output(["cp", "-r", `${root}migrations`, `${copy}/migrations`]);
  await Deno.writeTextFile(`${copy}/migrations/versions/${INDEX_REVISION}.py`, INDEX);
  return `${copy}/docker/demo`;
}

async function fill(demo: DemoStack, major: string, gigabytes: number): Promise<BenchStack> {
  const nameOf = async (service: string) =>
    (await demo.compose("ps", "--format", "{{.Name}}", service)).trim();
  const [container, app] = [await nameOf("db"), await nameOf("web")];
  const sql: BenchStack["sql"] = (statement, name = AUCTION) =>
    output([
      "docker",
      "exec",
      container,
      "psql",
      "-XqAt",
      "-U",
      AUCTION,
      "-d",
      name,
      "-c",
      statement,
    ]);
  const bytes = async () => Number(await sql(`SELECT pg_database_size('${AUCTION}')`));
  const empty = await bytes();
  await demo.upgrade(SEEDED_REVISION);
  const scale = Math.max(1, Math.round((gigabytes * 1e9 - empty) / BYTES_OF_SCALE_1));
  console.error(`Filling PostgreSQL ${major} with ${scale} × 100,000 rows.`);
  await demo.seed(scale);
  await demo.upgrade(NEWEST);
  await sql("VACUUM (FULL, ANALYZE)"); // The migrations leave every artwork twice.
  const dispose = () => demo[Symbol.asyncDispose]();
  const size = await bytes();
  const { project } = demo;
  return { project, container, app, major, size, sql, [Symbol.asyncDispose]: dispose };
}

/** What 100,000 rows of the demo take in the database, indexes included. */
const BYTES_OF_SCALE_1 = 17e6;
