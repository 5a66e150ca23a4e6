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
  /** Runs SQL in a database as its superuser. */
  sql(statement: string, database?: string): Promise<string>;
}

/** The database's user and name in the demo. */
export const AUCTION = "auction";

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
  const demo = await startDemo({ project, database });
  try {
    return await fill(demo, major, gigabytes);
  } catch (error) {
    await demo[Symbol.asyncDispose]();
    throw error;
  }
}

async function fill(demo: DemoStack, major: string, gigabytes: number): Promise<BenchStack> {
  const container = (await demo.compose("ps", "--format", "{{.Name}}", "db")).trim();
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
  await demo.upgrade("head");
  await sql("VACUUM (FULL, ANALYZE)"); // The migrations leave every artwork twice.
  const dispose = () => demo[Symbol.asyncDispose]();
  const size = await bytes();
  return { project: demo.project, container, major, size, sql, [Symbol.asyncDispose]: dispose };
}

/** What 100,000 rows of the demo take in the database, indexes included. */
const BYTES_OF_SCALE_1 = 17e6;
