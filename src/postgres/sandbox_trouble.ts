import { OakumError } from "../core/errors.ts";
import { size } from "../core/sizes.ts";
import type { CommandHost } from "../docker/run.ts";
import { floorOf, measureRoom } from "./space.ts";

/** What is asked about a sandbox in which something failed. */
export interface SandboxState {
  /** Whether the work was stopped from outside, for the reason that `error` then is. */
  readonly stopped: boolean;
  /** Bytes that its container may use. */
  readonly memory: number;
  readonly serves: () => Promise<boolean>;
}

const UNTOUCHED = "Nothing of yours was touched, and it says nothing of what was tried in it.";

/** The reason of a failure in a sandbox: the sandbox itself where it is full or gone, else `error`. */
export async function sandboxTrouble(
  sandbox: CommandHost & { readonly folder: string },
  error: unknown,
  { stopped, memory, serves }: SandboxState,
): Promise<unknown> {
  if (saysFull(error)) return full(error);
  if (stopped) return error;
  if (await isFull(sandbox)) return full(error);
  if (await serves()) return error;
  return await lost(sandbox, memory, error);
}

/** SQLSTATE of a server whose disk is full. */
const DISK_FULL = "53100";

/** A server without room says so in its errors; the watch over its disk stops it before that. */
function saysFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return code === "server-disk-low" || code === DISK_FULL ||
    /No space left on device|could not extend file/.test(error.message);
}

async function isFull(sandbox: CommandHost & { readonly folder: string }): Promise<boolean> {
  const [system] = await measureRoom(sandbox, [sandbox.folder]).catch(() => undefined) ?? [];
  return system !== undefined && system.free < floorOf(system);
}

function full(cause: unknown): OakumError {
  return new OakumError(
    "sandbox-disk-full",
    "failed",
    "The sandbox was stopped: there is too little room left on Docker's disk.",
    { hint: `Free some space for Docker, then try again. ${UNTOUCHED}`, cause },
  );
}

async function lost({ engine, id }: CommandHost, memory: number, cause: unknown): Promise<unknown> {
  const found = await engine.container(id).catch(() => null);
  if (found === null) return cause; // Docker itself does not answer: that is the reason.
  const what = found?.State.Running ? "its server ended" : "its container was stopped";
  return new OakumError(
    "sandbox-lost",
    "failed",
    `The sandbox was lost while it was at work: ${what}.`,
    {
      hint: `It has ${size(memory)} of memory; a server that needs more is ended by the kernel. ` +
        UNTOUCHED,
      cause,
    },
  );
}
