import { OakumError } from "../core/errors.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { Sidecar } from "../docker/sidecar.ts";
import type { LoadableDump } from "./load.ts";
import type { ServerSession } from "./session.ts";

/** Where the dump is in its sidecar. */
const PATH = "/oakum.dump";

/** Bytes below which a copy is made sooner than a container. */
const WORTH_A_CONTAINER = 16e6;

/**
 * A dump that a sidecar of its own reads where it lies, so that nothing is copied, however large it
 * is.
 */
export class MountedDump implements AsyncDisposable {
  readonly path = PATH;

  private constructor(
    private readonly source: string,
    private readonly before: Deno.FileInfo,
    private readonly sidecar: Sidecar,
    /** Where tools that read it run, as its owner: without capabilities root is nobody special. */
    readonly host: CommandHost,
  ) {}

  /**
   * Undefined where the engine does not see this very file: on another machine, or where oakum runs
   * in a container of its own. Then the dump has to be sent.
   */
  static async try(
    session: ServerSession,
    { path, format, bytes }: Pick<LoadableDump, "path" | "format" | "bytes">,
    signal: AbortSignal,
  ): Promise<MountedDump | undefined> {
    // Only root may be somebody else: a socket's owner is who the server lets in.
    const possible = session.toolsMayFork && session.toolHost.user === undefined;
    if (format !== "custom" || bytes < WORTH_A_CONTAINER || !possible) return undefined;
    try {
      return await mount(session, path, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  static async start(session: ServerSession, source: string): Promise<MountedDump> {
    const { server, runId, sidecar: { engine } } = session;
    const before = await Deno.stat(source);
    const mounts = { ...server, file: { source, target: PATH } };
    const sidecar = await Sidecar.start(engine, server.container, runId, mounts);
    const host = { engine, id: sidecar.id, user: `${before.uid}:${before.gid}` };
    return new MountedDump(source, before, sidecar, host);
  }

  /** Whether the sidecar can read it, and sees the file that oakum sees. */
  async isSame(signal: AbortSignal): Promise<boolean> {
    const cmd = ["sh", "-c", `test -r "$1" && stat -c "%d %i %s %Y %Z" "$1"`, "oakum", PATH];
    const { code, stdout } = await runCommand(this.host, { cmd }, signal);
    const { dev, ino, size, mtime, ctime } = this.before;
    const seconds = [mtime, ctime].map((time) => Math.floor((time?.getTime() ?? 0) / 1000));
    return code === 0 && stdout.trim() === [dev, ino, size, ...seconds].join(" ");
  }

  /** Throws where the file was written to, or replaced, since it was mounted. */
  async requireUnchanged(): Promise<void> {
    const now = await Deno.stat(this.source);
    const { ino, size, ctime } = this.before;
    const same = now.ino === ino && now.size === size &&
      now.ctime?.getTime() === ctime?.getTime();
    if (same) return;
    throw new OakumError(
      "dump-changed",
      "failed",
      `"${this.source}" was changed while it was loaded.`,
      { hint: "Check the backup: oakum verify", data: { path: this.source } },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sidecar[Symbol.asyncDispose]();
  }
}

async function mount(
  session: ServerSession,
  path: string,
  signal: AbortSignal,
): Promise<MountedDump | undefined> {
  const mounted = await MountedDump.start(session, path);
  const same = await mounted.isSame(signal).catch(() => false);
  if (same) return mounted;
  await mounted[Symbol.asyncDispose]();
  signal.throwIfAborted();
}
