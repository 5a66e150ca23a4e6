/** How a run of oakum ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run of oakum is given besides its arguments. */
export interface Run {
  readonly cwd?: string;
  /** Added to an environment that has `PATH`, `HOME` and where Docker is, and nothing else. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;
/** What a test's oakum may inherit: the machine's Docker, and where coverage of it is kept. */
const INHERITED = ["PATH", "HOME", "DENO_DIR", "DENO_COVERAGE_DIR", "DOCKER_HOST", "DOCKER_CONFIG"];

/**
 * The command that starts oakum: the compiled program of `OAKUM_BIN`, else the source, with the very
 * permissions that a compiled one has.
 */
export function oakumCommand(): readonly [string, ...string[]] {
  const program = Deno.env.get("OAKUM_BIN");
  if (program) return [program];
  const flags = ["--quiet", "--no-check", "--permission-set", "--no-prompt"];
  return [Deno.execPath(), "run", `--config=${ROOT}deno.json`, ...flags, `${ROOT}main.ts`];
}

/** Runs oakum to its end, without a terminal. */
export async function oakum(args: readonly string[], run: Run = {}): Promise<Ended> {
  await using child = startOakum(args, run);
  const writer = child.process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(run.input ?? "")).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.process.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Starts oakum with pipes for its streams; disposing kills it if it still runs. */
export function startOakum(args: readonly string[], { cwd = ROOT, env = {} }: Run = {}) {
  const [program, ...first] = oakumCommand();
  const inherited = INHERITED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const process = new Deno.Command(program, {
    args: [...first, ...args],
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return { process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}
