import { OakumError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { Channel } from "../terminal/channel.ts";
import type { Sink } from "../terminal/sink.ts";
import { useColour } from "../terminal/style.ts";
import { hasFlag } from "./argv.ts";
import type { Shell } from "./session.ts";

/** The shell of this process: its streams, environment, folder and clock. */
export function openShell(argv: readonly string[], signal: AbortSignal): Shell {
  const environment = (name: string) => Deno.env.get(name);
  const wanted = !hasFlag(argv, "--no-color");
  const channel = (sink: Sink) => {
    const colour = useColour({ terminal: sink.isTerminal(), wanted, environment });
    return new Channel({ sink, colour, columns: terminalColumns });
  };
  return {
    output: { out: channel(Deno.stdout), err: channel(Deno.stderr) },
    environment,
    get cwd() {
      return workingFolder();
    },
    clock: systemClock,
    signal,
    stdin: ownStdin(),
  };
}

/** Asked for only where it matters: somebody may have deleted it, and help needs none. */
export function workingFolder(): string {
  try {
    return Deno.cwd();
  } catch (cause) {
    throw new OakumError(
      "folder-missing",
      "usage",
      "The folder that you are in is not there any more.",
      {
        hint: "Go to one that is, such as by cd ~, or name the stack's: oakum -C /path/to/it …",
        cause,
      },
    );
  }
}

/** Columns of the process's terminal, whichever stream leads to it. */
function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    // No stream of ours leads to the terminal.
    return 80;
  }
}

function ownStdin(): Shell["stdin"] {
  let isRaw = false;
  return {
    terminal: Deno.stdin.isTerminal(),
    read: readStdin,
    setRaw: (raw) => {
      // A program in the background that touches the terminal is stopped: undo only what was done.
      if (raw !== isRaw) Deno.stdin.setRaw(raw);
      isRaw = raw;
    },
  };
}

async function readStdin(): Promise<Uint8Array | null> {
  const buffer = new Uint8Array(64 * 1024);
  const count = await Deno.stdin.read(buffer);
  return count === null ? null : buffer.subarray(0, count);
}
