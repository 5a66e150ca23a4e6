import type { RunningExec } from "../docker/exec.ts";

/** The streams of this process, as far as an attached command needs them. */
export interface OwnTerminal {
  readonly stdin: Pick<typeof Deno.stdin, "readable" | "setRaw" | "isTerminal">;
  readonly stdout: { write(data: Uint8Array): Promise<void> };
  readonly stderr: { write(data: Uint8Array): Promise<void> };
  size(): { columns: number; rows: number };
}

/** The terminal of this process itself. */
export function ownTerminal(): OwnTerminal {
  return {
    stdin: Deno.stdin,
    stdout: { write: (data) => writeAll(Deno.stdout, data) },
    stderr: { write: (data) => writeAll(Deno.stderr, data) },
    size: () => Deno.consoleSize(),
  };
}

/** One call may take only a part; a reader that has gone needs no more. */
async function writeAll(to: typeof Deno.stdout, data: Uint8Array): Promise<void> {
  try {
    for (let rest = data; rest.length > 0;) rest = rest.subarray(await to.write(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * Joins a command that has a terminal in its container to the terminal of this process: keys go
 * there as they are (Ctrl-C included), its screen comes here, and so do changes of the size.
 */
export async function attachTerminal(exec: RunningExec, own: OwnTerminal): Promise<void> {
  const resize = () => {
    const { rows, columns } = own.size();
    exec.resize(rows, columns).catch(() => {}); // It may have ended meanwhile.
  };
  own.stdin.setRaw(true);
  Deno.addSignalListener("SIGWINCH", resize);
  const keys = pump(own.stdin.readable, exec);
  try {
    resize();
    for await (const data of exec.raw) await own.stdout.write(data as Uint8Array);
  } finally {
    keys.cancel();
    Deno.removeSignalListener("SIGWINCH", resize);
    own.stdin.setRaw(false);
  }
}

/** Joins a command without a terminal to the pipes of this process. */
export async function attachPipes(
  exec: RunningExec,
  own: OwnTerminal,
  withStdin: boolean,
): Promise<void> {
  const input = withStdin ? pump(own.stdin.readable, exec) : undefined;
  try {
    for await (const { stream, data } of exec.output()) await own[stream].write(data);
  } finally {
    input?.cancel();
  }
}

function pump(from: ReadableStream<Uint8Array>, exec: RunningExec): { cancel(): void } {
  const reader = from.getReader();
  const run = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return exec.closeStdin();
      await exec.write(value);
    }
  };
  // The command may end before its input does; then nobody is left to write to.
  run().catch(() => {});
  return { cancel: () => void reader.cancel().catch(() => {}) };
}
