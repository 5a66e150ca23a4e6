import { runCommand } from "../../docker/run.ts";
import type { Expectation } from "../../migrators/migrator.ts";
import type { AppTrial } from "../../reports/rehearsal.ts";
import type { Context } from "../context.ts";
import { envFailed } from "../migrate/trouble.ts";
import type { Copy } from "./copy.ts";
import { type Asker, becomesHealthy, checkAsker } from "./healthy.ts";
import { scrubbed, secretsOf } from "./scrub.ts";
import { AppCommand, type AppShell, OWN } from "./run_command.ts";

/** What of the app is tried on the new schema. */
export interface TrialWish {
  /** A command line, as a person types it in the app's container. */
  readonly run: string | undefined;
  readonly health:
    | { readonly kind: "check" }
    | { readonly kind: "url"; readonly url: string }
    | undefined;
  readonly shell: AppShell;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/** Tries the app on the upgraded copy, where its connections are known to lead there. */
export async function tryApp(
  context: Context,
  copy: Copy,
  expect: Expectation,
  wish: TrialWish,
): Promise<AppTrial[]> {
  if (wish.run === undefined && wish.health === undefined) return [];
  await requireInside(copy, expect);
  const ran = wish.run === undefined ? [] : [await tryRun(context, copy, wish.run, wish)];
  // A command that goes on may do anything to what comes after it.
  const goesOn = ran.some(({ exitCode }) => exitCode === null);
  const trials = wish.health === undefined || goesOn
    ? ran
    : [...ran, await tryHealth(context, copy, wish)];
  if (trials.some(({ ok }) => !ok)) await requireThere(copy);
  return trials;
}

/** A copy that is gone fails whatever is tried on it; that must not be taken for the app's fault. */
async function requireThere(copy: Copy): Promise<void> {
  await copy.sql()`select`;
}

/** The interlock: nothing of the app's is run that does not lead to the copy. */
async function requireInside(copy: Copy, expect: Expectation): Promise<void> {
  const { databases, databaseError } = await copy.migrator.read(
    { database: true, expect },
    copy.signal,
  );
  if (databases.length === 0) throw envFailed(databaseError);
}

async function tryRun(
  { emit }: Context,
  copy: Copy,
  command: string,
  { shell, timeoutMs }: TrialWish,
): Promise<AppTrial> {
  emit({ type: "step", step: "run", text: `Running in the app: ${command}` });
  const began = performance.now();
  await using running = await AppCommand.start(copy.app, ["sh", "-c", command], shell, copy.signal);
  const { code, output } = await running.end(timeoutMs, copy.signal);
  const tookMs = Math.round(performance.now() - began);
  const said = scrubbed(output, secretsOf(copy.as, shell));
  return { what: "run", command, ok: code === 0, tookMs, exitCode: code, output: said };
}

async function tryHealth(
  { emit }: Context,
  copy: Copy,
  { health, shell }: TrialWish,
): Promise<AppTrial> {
  const { as } = copy;
  const command = [...as.Config.Entrypoint, ...as.Config.Cmd];
  const words = command.join(" ");
  emit({ type: "step", step: "health", text: `Starting the app: ${words}` });
  const began = performance.now();
  await using app = await AppCommand.start(copy.app, command, OWN, copy.signal);
  const ask = health?.kind === "url" ? urlAsker(copy, health.url, shell) : checkAsker(copy.app, as);
  const ok = await becomesHealthy(app, ask, copy.signal);
  const tookMs = Math.round(performance.now() - began);
  const ended = await app.end(0, copy.signal);
  const output = scrubbed(app.output, secretsOf(as, shell));
  return { what: "health", command: words, ok, tookMs, exitCode: ended.code, output };
}

const FETCH = `import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(sys.argv[1], timeout=5) as answer: sys.exit(answer.status >= 400)`;

/** Asked from beside the app, by its own Python: nobody else is in its network. */
function urlAsker({ app, migrator }: Copy, url: string, { user }: AppShell): Asker {
  const cmd = [migrator.python, "-c", FETCH, url];
  const spec = { cmd, ...(user ? { user } : {}) };
  return async (signal) => (await runCommand(app, spec, signal)).code === 0;
}
