/** `deno task demo`: a stack, a migration, an accident, and the way back; prints what it types. */
import { DEMO_FOLDER, type DemoStack, SEEDED_REVISION, startDemo } from "../demo.ts";
import { runScript } from "../unavailable.ts";

/** A name that nobody's own stack has: the demo takes its volume away at the end. */
const PROJECT = "oakum-demo";
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** One thing that a person would do: why, and what is typed. */
interface Act {
  readonly why: string;
  readonly oakum: readonly string[];
}

const ACTS: readonly Act[] = [
  { why: "Where does everything stand? Nothing was configured.", oakum: ["status"] },
  {
    why: "Two revisions are pending. What would they do to the data? A copy tells.",
    oakum: ["rehearse"],
  },
  {
    why: "As rehearsed, after a backup: one revision at a time, each compared with the rehearsal.",
    oakum: ["upgrade", "--yes"],
  },
  {
    why: "The new version of the app has a flaw: back, by the way that loses nothing.",
    oakum: ["rollback", "--yes"],
  },
  {
    why:
      "It is mended: once more. The schema is not quite what was rehearsed on, so that is done anew.",
    oakum: ["upgrade", "--yes"],
  },
  { why: "A backup of what there is now.", oakum: ["backup"] },
  {
    why: "Somebody types the wrong thing.",
    oakum: ["psql", "--", "-c", "UPDATE users SET email = 'oops-' || id || '@example.org'"],
  },
  {
    why: "Back to the backup: into a fresh database, compared with its manifest, then swapped in.",
    oakum: ["restore", "latest", "--yes"],
  },
  {
    why: "The addresses are back.",
    oakum: ["psql", "--", "-c", "SELECT id, email FROM users ORDER BY id LIMIT 3"],
  },
  { why: "The database of the accident is kept until you say so.", oakum: ["status"] },
  { why: "Drop it for good.", oakum: ["restore", "--finalize", "--yes"] },
  { why: "What there is to go back to.", oakum: ["backups"] },
];

/** Types a command of oakum's in the stack's folder, and stops the demo where it fails. */
async function type({ why, oakum }: Act, backups: string): Promise<void> {
  const shown = oakum.map((word) => /^[\w./:-]+$/.test(word) ? word : `"${word}"`).join(" ");
  console.log(`\n# ${why}\n$ oakum ${shown}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, ...oakum],
    cwd: DEMO_FOLDER,
    env: { OAKUM_BACKUP_DIR: backups },
    stdin: "null",
  }).spawn().status;
  if (code !== 0) throw new Error(`oakum ${oakum[0]} ended with exit code ${code}.`);
}

async function prepare(stack: DemoStack): Promise<void> {
  console.log("Filling it with about 100,000 rows.");
  await stack.upgrade(SEEDED_REVISION);
  await stack.seed();
}

await runScript(async () => {
  const backups = await Deno.makeTempDir({ prefix: "oakum-demo-" });
  const keep = Deno.args.includes("--keep");
  const stack = await startDemo({ project: PROJECT, say: console.log });
  try {
    await prepare(stack);
    for (const act of ACTS) await type(act, backups);
    console.log(`\nThat was the whole of it. The backups are in ${backups}.`);
  } finally {
    if (keep) console.log(`The stack stays: cd ${DEMO_FOLDER}`);
    else {
      await stack[Symbol.asyncDispose]();
      console.log("The stack is removed again; with --keep it stays.");
    }
  }
});
