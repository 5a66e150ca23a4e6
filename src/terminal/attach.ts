import type { RunningExec } from "../docker/exec.ts";
import { sleep } from "../core/time.ts";

/** The streams of this process, as far as an attached command needs them. */
export interface OwnTerminal {
  readonly stdin: OwnStdin;
  /** Each throws `BrokenPipe` where nobody reads any more. */
  readonly stdout: (data: Uint8Array) => Promise<void>;
  readonly stderr: (data: Uint8Array) => Promise<void>;
  size(): { columns: number; rows: number };
}

/** Where keys or a script come from. */
export interface OwnStdin {
  /** Null at its end. */
  read(): Promise<Uint8Array | null>;
  setRaw(raw: boolean): void;
}

/** How an attached command came to its end: `unread` where nobody reads what it writes. */
export type AttachEnd = "ended" | "unread";

/** The terminal of this process itself. */
export function ownTerminal(stdin: OwnStdin): OwnTerminal {
  return {
    stdin,
    stdout: (data) => writeAll(Deno.stdout, data),
    stderr: (data) => writeAll(Deno.stderr, data),
    size: () => Deno.consoleSize(),
  };
}

/** One call may take only a part. */
async function writeAll(to: typeof Deno.stdout, data: Uint8Array): Promise<void> {
  for (let rest = data; rest.length > 0;) rest = rest.subarray(await to.write(rest));
}

/**
 * Joins a command that has a terminal in its container to the terminal of this process: keys go
 * there as they are (Ctrl-C included), its screen comes here, and so do changes of the size.
 */
export async function attachTerminal(exec: RunningExec, own: OwnTerminal): Promise<AttachEnd> {
  const resize = () => void tellSize(exec, own, 0);
  own.stdin.setRaw(true);
  Deno.addSignalListener("SIGWINCH", resize);
  const keys = pump(own.stdin, exec);
  try {
    void tellSize(exec, own, FIRST_TRIES);
    return await untilUnread(async () => {
      for await (const data of exec.raw) await own.stdout(data as Uint8Array);
    });
  } finally {
    keys.stop();
    Deno.removeSignalListener("SIGWINCH", resize);
    own.stdin.setRaw(false);
  }
}

/** Joins a command without a terminal to the pipes of this process. */
export async function attachPipes(
  exec: RunningExec,
  own: OwnTerminal,
  withStdin: boolean,
): Promise<AttachEnd> {
  const input = withStdin ? pump(own.stdin, exec) : undefined;
  try {
    return await untilUnread(async () => {
      for await (const { stream, data } of exec.output()) await own[stream](data);
    });
  } finally {
    input?.stop();
  }
}

async function untilUnread(work: () => Promise<void>): Promise<AttachEnd> {
  try {
    await work();
    return "ended";
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return "unread";
    throw error;
  }
}

/** The engine knows the command's terminal only a moment after it has said that it is started. */
const FIRST_TRIES = 10;

async function tellSize(exec: RunningExec, own: OwnTerminal, tries: number): Promise<void> {
  try {
    const { rows, columns } = own.size();
    await exec.resize(rows, columns);
  } catch {
    // It may have ended meanwhile; then there is nothing to resize.
    if (tries === 0) return;
    await sleep(20);
    await tellSize(exec, own, tries - 1);
  }
}

/** A read of a terminal cannot be taken back: what comes after the stop is lost. */
function pump(from: OwnStdin, exec: RunningExec): { stop(): void } {
  let stopped = false;
  const run = async () => {
    for (;;) {
      const data = await from.read();
      if (stopped) return;
      if (data === null) return exec.closeStdin();
      await exec.write(data);
    }
  };
  // The command may end before its input does; then nobody is left to write to.
  run().catch(() => {});
  return { stop: () => stopped = true };
}
