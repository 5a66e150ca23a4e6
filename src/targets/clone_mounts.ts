import { createTarDecoder } from "modern-tar";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { sortWritable } from "./clone_copies.ts";
import { look, type Looker, type MountSettings, readOnly, type Seen } from "./mount_look.ts";

type Mount = ContainerDetail["Mounts"][number];

/** What a clone of a container is given in the place of its mounts. */
export interface CloneMounts {
  readonly mounts: readonly MountSettings[];
  /** Empty folders in memory: path to the options of its mount. */
  readonly tmpfs: Readonly<Record<string, string>>;
  /** Folders that it has a copy of, which `fillCopies()` makes before it starts. */
  readonly copied: readonly string[];
  /** What the clone does not have, and why, in sentences. */
  readonly leftOut: readonly string[];
}

/** Where sockets come and go: whatever is mounted there may lead out, now or in a moment. */
const RUNTIME = /^(\/|\/(var\/)?run(\/.*)?|\/tmp|\/dev(\/.*)?|\/proc(\/.*)?|\/sys(\/.*)?)$/;
/** Compose puts secrets there, each a file by itself. */
const SECRETS = /^\/run\/secrets\//;

/**
 * Decides what of a container's mounts a clone may have: code, read-only; the folders that the app
 * writes to become empty ones of the same owner; nothing that holds a socket or a pipe, through which
 * even a read-only mount leads back to the real stack. In a folder of code, where tools leave theirs,
 * each is covered. `writable` are paths that it may write to: folders of data are empty, of what lies
 * beside code it has a copy.
 */
export async function cloneMounts(
  engine: Engine,
  service: ContainerDetail,
  { looker, writable, socketFolder }: CloneMountsWish,
): Promise<CloneMounts> {
  const own = service.Mounts.filter(({ Type }) => Type === "bind" || Type === "volume");
  const isOpen = (mount: Mount) =>
    mayHave(mount) && !(socketFolder && holds(mount.Destination, socketFolder));
  const seen = await look(engine, own.filter(isOpen), looker);
  const chosen = own.map((mount) => ({ mount, fate: fateOf(mount, seen, service) }));
  const emptied = chosen.filter(({ fate }) => fate === "empty").map(({ mount }) =>
    mount.Destination
  );
  const memory = service.Mounts.filter(({ Type }) => Type === "tmpfs").map((one) =>
    one.Destination
  );
  const kept = chosen.filter(({ fate }) => fate === "read").map(({ mount }) => mount);
  const isMounted = (path: string) => kept.some(({ Destination }) => holds(Destination, path));
  const isReadOnly = (path: string) => service.HostConfig.ReadonlyRootfs || isMounted(path);
  const { emptied: data, copied } = await sortWritable(engine, service, writable, isReadOnly);
  const tmpfs: Record<string, string> = Object.fromEntries(memory.map((path) => [path, ""]));
  for (const path of [...emptied, ...data]) {
    tmpfs[path] = await ownerOptions(engine, service, path);
  }
  return {
    mounts: [
      ...kept.filter(({ Destination }) => !copied.includes(plain(Destination)))
        .flatMap((mount) => [readOnly(mount), ...covers(seen.get(mount.Destination))]),
      // Anonymous: it goes with the clone.
      ...copied.map((Target) => ({
        ...{ Type: "volume" as const, Source: "", Target, ReadOnly: false },
        // Of the image's own folders the engine puts into it what the image has.
        VolumeOptions: {
          NoCopy: isMounted(Target),
          Labels: {},
          DriverConfig: { Name: "", Options: {} },
        },
      })),
    ],
    tmpfs,
    copied: copied.filter(isMounted),
    leftOut: chosen.filter(({ fate }) => fate === "out").map(({ mount }) =>
      `${mount.Destination} is not in the copy of the app: it can lead to the real stack.`
    ),
  };
}

/** What a clone is to have that its original has not. */
export interface CloneMountsWish {
  readonly looker: Looker;
  /** Paths that can be written to. */
  readonly writable: readonly string[];
  /** Where the sandbox's own socket is to be, so that nothing of the service's may be mounted over it. */
  readonly socketFolder: string | undefined;
}

type Fate = "read" | "empty" | "out";

function mayHave({ Destination, Source }: Mount): boolean {
  if (SECRETS.test(Destination)) return true;
  return !RUNTIME.test(plain(Destination)) && !RUNTIME.test(plain(Source));
}

function fateOf(mount: Mount, seen: ReadonlyMap<string, Seen>, service: ContainerDetail): Fate {
  const found = seen.get(mount.Destination);
  if (!found || leadsOut(found)) return "out";
  // Where nothing lies yet, a server may be about to listen.
  if (found.isEmpty) return "empty";
  if (mount.Type === "bind" || !mount.RW || found.isCode) return "read";
  return holds(mount.Destination, service.Config.WorkingDir) ? "read" : "empty";
}

/** Code is not where servers listen for the app. */
const FEW = 16;

function leadsOut({ sockets, isCode }: Seen): boolean {
  if (sockets.some((path) => SERVERS.test(path))) return true;
  return sockets.length > (isCode ? FEW : 0);
}

/** What the database and the engine listen on. */
const SERVERS = /\/(\.s\.PGSQL\.[^/]*|[^/]*(docker|podman|containerd)[^/]*\.sock)$/;

/** What swallows everything, over each socket. */
function covers(seen: Seen | undefined): MountSettings[] {
  return (seen?.sockets ?? []).map((Target) => ({
    ...{ Type: "bind" as const, Source: "/dev/null", Target, ReadOnly: true },
    BindOptions: { Propagation: "rprivate" as const, NonRecursive: true },
  }));
}

function plain(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function holds(folder: string, path: string): boolean {
  return `${path}/`.startsWith(`${plain(folder)}/`);
}

/** The owner and mode that a folder of a container has, as options of a tmpfs. */
async function ownerOptions(
  engine: Engine,
  service: ContainerDetail,
  path: string,
): Promise<string> {
  const archive = await engine.getArchive(service.Id, path).catch(() => undefined);
  if (!archive) return "mode=1777";
  const entries = ReadableStream.from(archive).pipeThrough(createTarDecoder());
  for await (const { header } of entries) {
    const mode = (header.mode ?? 0o755).toString(8);
    return `uid=${header.uid ?? 0},gid=${header.gid ?? 0},mode=${mode},exec`;
  }
  return "mode=1777";
}
