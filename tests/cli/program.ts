import { shellWord } from "../../src/core/shell.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * oakum as a person starts it: the compiled program that `OAKUM_BIN` names, else the source, with the
 * very permissions that a compiled one has.
 */
export const PROGRAM: readonly [string, ...string[]] = Deno.env.get("OAKUM_BIN")
  ? [Deno.env.get("OAKUM_BIN") ?? ""]
  : [
    ...[Deno.execPath(), "run", "--quiet", "--no-check", `--config=${ROOT}deno.json`] as const,
    ...["--v8-flags=--max-semi-space-size=1", "--permission-set", "--no-prompt", `${ROOT}main.ts`],
  ];

/** What the program inherits: how to start, and which Docker. */
const INHERITED = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "DOCKER_HOST"];

/** Where the program's own coverage goes: it doubles the time of each start, so not every test asks. */
const COVERAGE = Deno.env.get("OAKUM_COVERAGE_DIR");

/** How long a terminal is waited for. */
const PATIENCE_MS = 60_000;

/** How the program is started. */
export interface Start {
  readonly cwd?: string;
  /** Added to an environment that holds next to nothing. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How the program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Only what a program needs to start: nothing of the tester's own settings. */
export function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = INHERITED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  // A rehearsal takes its time: who is about one asks for it.
  const always = { LANG: "C.UTF-8", TERM: "xterm-256color", OAKUM_GUARD: "backup" };
  const coverage = COVERAGE === undefined ? {} : { DENO_COVERAGE_DIR: COVERAGE };
  return { ...Object.fromEntries(kept), ...coverage, ...always, ...env };
}

/** Runs oakum to its end, without a terminal. */
export async function oakum(args: readonly string[], start: Start = {}): Promise<Ended> {
  const [file, ...before] = PROGRAM;
  return await run(file, [...before, ...args], start);
}

/** Runs a line of bash in which `oakum` is the program. */
export async function bash(line: string, start: Start = {}): Promise<Ended> {
  const alias = `oakum() { ${PROGRAM.map(shellWord).join(" ")} "$@"; }`;
  return await run("bash", ["-c", `${alias}\n${line}`], start);
}

async function run(file: string, args: readonly string[], { cwd, env }: Start): Promise<Ended> {
  const command = new Deno.Command(file, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: environment(env),
    clearEnv: true,
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A shell line on a terminal of its own, made by `script` of util-linux. */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;
  #text = "";
  #more = Promise.withResolvers<void>();

  /** `line` is run by sh; `oakum` in it is the program. */
  constructor(
    line: string,
    { columns = 80, cwd, env }: Start & { readonly columns?: number } = {},
  ) {
    const program = PROGRAM.map(shellWord).join(" ");
    const whole = `stty cols ${columns} rows 24; oakum() { ${program} "$@"; }; ${line}`;
    const command = new Deno.Command("script", {
      args: ["--quiet", "--return", "--command", whole, "/dev/null"],
      ...(cwd === undefined ? {} : { cwd }),
      env: environment({ SHELL: "/bin/sh", ...env }),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    });
    this.#child = command.spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#read = this.#gather();
  }

  /** Everything that the terminal was sent so far. */
  get text(): string {
    return this.#text;
  }

  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Waits until the terminal was sent something that matches, and hands the match back. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const patience = Promise.withResolvers<"over">();
    const timer = setTimeout(() => patience.resolve("over"), PATIENCE_MS);
    const ended = Promise.race([patience.promise, this.#read.then(() => "over" as const)]);
    try {
      for (;;) {
        const found = pattern.exec(this.#text);
        if (found) return found;
        const over = await Promise.race([this.#more.promise, ended]);
        if (over && !pattern.test(this.#text)) {
          throw new Error(`${pattern} never came: ${this.#text}`);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the end of the line: its exit code; one that does not end is killed. */
  async ended(): Promise<number> {
    const timer = setTimeout(() => this.#kill(), PATIENCE_MS);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await this.#read;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keys.close().catch(() => {}); // The line may have ended already.
    this.#kill();
    await this.ended();
  }

  #kill(): void {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
  }

  async #gather(): Promise<void> {
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += piece;
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
  }
}
