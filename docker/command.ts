/** How a command ended: its exit code and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command may be given besides its arguments. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/**
 * Runs a program to its end with no stdin. One that does not exist ends with code 127, one that the
 * signal stopped with 143.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program = "", ...args] = argv;
  const command = new Deno.Command(program, {
    ...options,
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  try {
    const { code, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: 127, stdout: "", stderr: `${program}: not found` };
  }
}

/** Runs a program and hands back its stdout without the last line break; fails if it does. */
export async function output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const outcome = await run(argv, options);
  if (outcome.code === 0) return outcome.stdout.trimEnd();
  throw new CommandFailed(argv, outcome);
}

/** A command that was expected to succeed and did not; the message carries its last lines. */
export class CommandFailed extends Error {
  override name = "CommandFailed";

  constructor(argv: readonly string[], readonly outcome: Outcome) {
    const said = `${outcome.stdout}\n${outcome.stderr}`.trim().split("\n").slice(-15).join("\n");
    super(`"${argv.join(" ")}" ended with code ${outcome.code}:\n${said}`);
  }
}
