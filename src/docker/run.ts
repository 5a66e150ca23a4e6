import type { Engine } from "./engine.ts";
import { collect, type ExecResult, type ExecSpec } from "./exec.ts";

/** Where commands can be started: a container of an engine. */
export interface CommandHost {
  readonly engine: Engine;
  /** The container's id. */
  readonly id: string;
  /** As whom commands run that do not say: `uid:gid`; else the container's own user. */
  readonly user?: string;
}

const DEFAULT_LIMIT = 4 * 2 ** 20;

/**
 * Runs a command to its end and hands back what it wrote (at most `limit` bytes a stream). Any exit
 * code is an answer, not an error.
 */
export async function runCommand(
  host: CommandHost,
  spec: ExecSpec & { readonly input?: string | Uint8Array; readonly limit?: number },
  signal?: AbortSignal,
): Promise<ExecResult> {
  const { input, limit = DEFAULT_LIMIT, ...rest } = spec;
  const withInput = input !== undefined;
  const user = host.user === undefined ? {} : { user: host.user };
  const command = { ...user, ...rest, stdin: withInput };
  await using exec = await host.engine.exec(host.id, command, signal);
  const writing = withInput ? feed(exec, input) : Promise.resolve();
  const streams = await collect(exec, limit);
  await writing;
  signal?.throwIfAborted();
  return { code: await exec.exitCode(signal), ...streams };
}

async function feed(
  exec: { write(data: string | Uint8Array): Promise<void>; closeStdin(): void },
  input: string | Uint8Array,
): Promise<void> {
  try {
    await exec.write(input);
  } catch {
    return; // A command that ends without reading its input says why on its own streams.
  }
  exec.closeStdin();
}
