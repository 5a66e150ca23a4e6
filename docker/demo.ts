/** Brings the demo's stack up and fills it: `deno run -A docker/demo.ts`. */
import { fileURLToPath } from "node:url";
import { output } from "./command.ts";
import { ensureCompose, ensureEngine, type Say } from "./engine.ts";
import { ensureImages } from "./images.ts";
import { hasImage, pull } from "./pull.ts";
import { runScript } from "./unavailable.ts";

/** The folder of the demo's compose.yaml: the stack's working directory. */
export const DEMO_FOLDER = fileURLToPath(new URL("./demo/", import.meta.url));

/** The revision whose schema `seed.sql` fits; two more are pending after it. */
export const SEEDED_REVISION = "e1f5803c9b2d";

const OFFICIAL_DATABASE = "postgres:17";

/** A stack of the demo that is up; disposing it removes its containers, network and volume. */
export interface DemoStack extends AsyncDisposable {
  readonly project: string;
  /** Runs `docker compose` on the stack and hands back its stdout. */
  compose(...args: string[]): Promise<string>;
  /** Brings the database to a revision with the app's own Alembic. */
  upgrade(revision: string): Promise<void>;
  /** Fills the database, which has to be at SEEDED_REVISION; 100,000 rows times `scale`. */
  seed(scale?: number): Promise<void>;
}

/** How the demo's stack differs from what compose.yaml says. */
export interface DemoOptions {
  readonly project?: string;
  /** Where a copy of `docker/demo` is that may be written to; `migrations` is two folders above. */
  readonly folder?: string;
  /** The database's image; else the official one, or a made one where there is no registry. */
  readonly database?: string;
  readonly say?: Say;
}

/** Brings the stack up and waits until both services are healthy; its database is empty. */
export async function startDemo(options: DemoOptions = {}): Promise<DemoStack> {
  const { project = "auction", folder = DEMO_FOLDER, say = console.error } = options;
  await ensureEngine(say);
  await ensureCompose(say);
  const { "demo-web": web } = await ensureImages(["demo-web"], say);
  const database = options.database ?? await databaseImage(say);
  const stack = demoStack(project, folder, { POSTGRES_IMAGE: database, WEB_IMAGE: web });
  say(`Bringing up the stack "${project}" with ${database}.`);
  try {
    await stack.compose("up", "--detach", "--wait");
  } catch (error) {
    const logs = await stack.compose("logs", "--tail", "20").catch(() => "");
    if (logs) say(logs); // They go with the stack.
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  return stack;
}

/** PostgreSQL 17 as users run it, or as it is made here where it cannot be pulled. */
async function databaseImage(say: Say): Promise<string> {
  if (await hasImage(OFFICIAL_DATABASE) || await pull(OFFICIAL_DATABASE) === undefined) {
    return OFFICIAL_DATABASE;
  }
  return (await ensureImages(["postgres17"], say)).postgres17;
}

function demoStack(project: string, folder: string, env: Record<string, string>): DemoStack {
  const prefix = ["docker", "compose", "--project-name", project];
  const compose = (...args: string[]) => output([...prefix, ...args], { env, cwd: folder });
  return {
    project,
    compose,
    upgrade: async (revision) =>
      void await compose("exec", "-T", "web", "alembic", "upgrade", revision),
    seed: async (scale = 1) => {
      const seed = fileURLToPath(new URL("./demo/seed.sql", import.meta.url));
      await compose("cp", seed, "db:/tmp/seed.sql");
      const psql = ["psql", "--no-psqlrc", "--quiet", "--username", "auction"];
      const load = [...psql, "--set", `scale=${scale}`, "--file", "/tmp/seed.sql", "auction"];
      await compose("exec", "-T", "db", ...load);
    },
    [Symbol.asyncDispose]: async () => void await compose("down", "--volumes", "--timeout", "5"),
  };
}

if (import.meta.main) {
  await runScript(async () => {
    const stack = await startDemo();
    await stack.upgrade(SEEDED_REVISION);
    console.error("Filling it with about 100,000 rows.");
    await stack.seed();
    console.log(await stack.compose("ps"));
  });
}
