import { hashFile } from "../backups/check.ts";
import { lookup } from "../backups/files.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { Sidecar } from "../docker/sidecar.ts";
import type { LoadableDump } from "./load.ts";
import type { ServerSession } from "./session.ts";

/** Where the dump is in its sidecar. */
const PATH = "/oakum.dump";

/** Bytes below which a copy is made sooner than a container. */
const WORTH_A_CONTAINER = 16e6;

/** What a mounted dump is, and must stay. */
type MountableDump = Pick<LoadableDump, "path" | "format" | "bytes" | "sha256">;

/**
 * A dump that a sidecar of its own reads where it lies, so that nothing is copied, however large it
 * is.
 */
export class MountedDump implements AsyncDisposable {
  readonly path = PATH;

  private constructor(
    private readonly dump: MountableDump,
    private readonly seen: Deno.FileInfo,
    private readonly sidecar: Sidecar,
    /** Where tools that read it run, as its owner: without capabilities root is nobody special. */
    readonly host: CommandHost,
  ) {}

  /**
   * `seen` is the file as it was before it was checked. Undefined where the engine does not see this
   * very file: on another machine, or where oakum runs in a container. Then it has to be sent.
   */
  static async try(
    session: ServerSession,
    dump: MountableDump,
    seen: Deno.FileInfo | undefined,
    signal: AbortSignal,
  ): Promise<MountedDump | undefined> {
    // Only root may be somebody else: a socket's owner is who the server lets in.
    const possible = session.toolsMayFork && session.toolHost.user === undefined;
    const worth = dump.format === "custom" && dump.bytes >= WORTH_A_CONTAINER;
    if (!seen?.isFile || !worth || !possible) return undefined;
    try {
      const mounted = await MountedDump.start(session, dump, seen);
      if (await mounted.isSame(signal).catch(() => false)) return mounted;
      await mounted[Symbol.asyncDispose]();
    } catch {
      // The engine's machine has no such file, or nothing may be mounted there.
    }
    signal.throwIfAborted();
  }

  /** Mounts whatever the engine has at the dump's path; throws where there is nothing. */
  static async start(
    session: ServerSession,
    dump: MountableDump,
    seen: Deno.FileInfo,
  ): Promise<MountedDump> {
    const { server: { container, socketFolder }, runId, sidecar: { engine } } = session;
    const file = { source: dump.path, target: PATH };
    const sidecar = await Sidecar.start(engine, container, runId, { socketFolder, file });
    const host = { engine, id: sidecar.id, user: `${seen.uid}:${seen.gid}` };
    return new MountedDump(dump, seen, sidecar, host);
  }

  /** Whether the sidecar can read it, and sees the file that oakum has seen. */
  async isSame(signal: AbortSignal): Promise<boolean> {
    const cmd = ["sh", "-c", `test -r "$1" && stat -c "%d %i %s %Y %Z" "$1"`, "oakum", PATH];
    const { code, stdout } = await runCommand(this.host, { cmd }, signal);
    const { dev, ino, size, mtime, ctime } = this.seen;
    const seconds = [mtime, ctime].map((time) => Math.floor((time?.getTime() ?? 0) / 1000));
    return code === 0 && stdout.trim() === [dev, ino, size, ...seconds].join(" ");
  }

  /** Throws where its bytes are no longer those that were checked; names and rights may change. */
  async requireUnchanged(signal: AbortSignal): Promise<void> {
    const { path, sha256 } = this.dump;
    const now = await lookup(path);
    const there = now?.ino === this.seen.ino && now.dev === this.seen.dev;
    if (there && now.ctime?.getTime() === this.seen.ctime?.getTime()) return;
    // One that was removed or replaced is still there for the sidecar.
    const found = there ? (await hashFile(path, { signal }))?.sha256 : await this.#hash(signal);
    if (found === sha256) return;
    throw new OakumError(
      "dump-changed",
      "failed",
      `"${path}" was changed while it was loaded.`,
      { hint: `Check the backup: oakum verify ${shellWord(path)}`, data: { path } },
    );
  }

  async #hash(signal: AbortSignal): Promise<string | undefined> {
    const { stdout } = await runCommand(this.host, { cmd: ["sha256sum", PATH] }, signal);
    return stdout.split(/\s/)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sidecar[Symbol.asyncDispose]();
  }
}
