import { OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import { createTarDecoder } from "modern-tar";
import type { CreateOptions, Engine } from "../docker/engine.ts";
import { Lifeline } from "../docker/lifeline.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { LABELS } from "../docker/sidecar.ts";

type Mount = ContainerDetail["Mounts"][number];
type MountSettings = NonNullable<NonNullable<CreateOptions["HostConfig"]>["Mounts"]>[number];

/** What a clone of a container is given in the place of its mounts. */
export interface CloneMounts {
  readonly mounts: readonly MountSettings[];
  /** Empty folders in memory: path to the options of its mount. */
  readonly tmpfs: Readonly<Record<string, string>>;
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
 * even a read-only mount leads back to the real stack. `writable` are paths that are to be empty
 * folders too.
 */
export async function cloneMounts(
  engine: Engine,
  service: ContainerDetail,
  { looker, writable }: { looker: Looker; writable: readonly string[] },
): Promise<CloneMounts> {
  const own = service.Mounts.filter(({ Type }) => Type === "bind" || Type === "volume");
  const seen = await look(engine, own.filter(mayHave), looker);
  const chosen = own.map((mount) => ({ mount, fate: fateOf(mount, seen, service) }));
  const emptied = chosen.filter(({ fate }) => fate === "empty").map(({ mount }) =>
    mount.Destination
  );
  const memory = service.Mounts.filter(({ Type }) => Type === "tmpfs").map((one) =>
    one.Destination
  );
  const tmpfs: Record<string, string> = Object.fromEntries(memory.map((path) => [path, ""]));
  for (const path of [...emptied, ...writable]) {
    tmpfs[path] = await ownerOptions(engine, service, path);
  }
  return {
    mounts: chosen.filter(({ fate }) => fate === "read").map(({ mount }) => readOnly(mount)),
    tmpfs,
    leftOut: chosen.filter(({ fate }) => fate === "out").map(({ mount }) =>
      `${mount.Destination} is not in the copy of the app: it can lead to the real stack.`
    ),
  };
}

type Fate = "read" | "empty" | "out";

function mayHave({ Destination, Source }: Mount): boolean {
  if (SECRETS.test(Destination)) return true;
  return !RUNTIME.test(plain(Destination)) && !RUNTIME.test(plain(Source));
}

function fateOf(mount: Mount, seen: ReadonlyMap<string, Seen>, service: ContainerDetail): Fate {
  const found = seen.get(mount.Destination);
  if (!found || found.leadsOut) return "out";
  if (mount.Type === "bind" || !mount.RW || found.isCode) return "read";
  return holds(mount.Destination, service.Config.WorkingDir) ? "read" : "empty";
}

function plain(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function holds(folder: string, path: string): boolean {
  return `${path}/`.startsWith(`${plain(folder)}/`);
}

/** What lies under a host's folder on mounts of its own stays out: those would not be read-only. */
function readOnly({ Type, Name, Source, Destination }: Mount): MountSettings {
  const at = { Target: Destination, ReadOnly: true };
  if (Type === "bind") {
    const BindOptions = { Propagation: "rprivate" as const, NonRecursive: true };
    return { ...at, Type: "bind", Source, BindOptions };
  }
  const DriverConfig = { Name: "", Options: {} };
  return {
    ...at,
    Type: "volume",
    Source: Name ?? Source,
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig },
  };
}

/** The image by id that looks into mounts before the app's own does, and the run that it is for. */
export interface Looker {
  readonly image: string;
  readonly runId: string;
  /** The database's container, whose next run sweeps it. */
  readonly of: string;
  readonly signal: AbortSignal;
}

interface Seen {
  readonly leadsOut: boolean;
  readonly isCode: boolean;
}

/** Looks into mounts from a container without a network in which nothing of the app's runs. */
async function look(
  engine: Engine,
  mounts: readonly Mount[],
  { image, runId, of, signal }: Looker,
): Promise<Map<string, Seen>> {
  if (mounts.length === 0) return new Map();
  const at = new Map(mounts.map((mount, index) => [mount.Destination, `/oakum/look/${index}`]));
  await using host = await Lifeline.start(engine, {
    name: `oakum-${runId}-look-${newRunId().slice(0, 4)}`,
    Image: image,
    User: "0:0",
    WorkingDir: "/",
    Labels: { [LABELS.run]: runId, [LABELS.kind]: "look", [LABELS.of]: of },
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: ["DAC_READ_SEARCH"],
      SecurityOpt: ["no-new-privileges"],
      Mounts: mounts.map((mount) => ({
        ...readOnly(mount),
        Target: at.get(mount.Destination)!,
      })),
    },
  });
  const entries = await Promise.all(mounts.map(async ({ Destination }) => {
    const path = at.get(Destination)!;
    const leadsOut = await finds(host, [path, ...LEADS_OUT], signal);
    return [Destination, { leadsOut, isCode: await finds(host, [path, ...CODE], signal) }] as const;
  }));
  return new Map(entries);
}

const LEADS_OUT = ["(", "-type", "s", "-o", "-type", "p", ")", "-print", "-quit"];
const CODE = [
  ...["-maxdepth", "3", "(", "-name", "*.py", "-o", "-name", "alembic.ini", "-o"],
  ...["-name", "pyvenv.cfg", ")", "-print", "-quit"],
];

async function finds(
  host: CommandHost,
  words: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const { code, stdout, stderr } = await runCommand(host, { cmd: ["find", ...words] }, signal);
  if (code === 0) return stdout.trim() !== "";
  throw new OakumError(
    "mounts-not-seen",
    "refused",
    `It could not be seen whether a mount of the app leads to the real stack: ${stderr.trim()}`,
    { hint: "Nothing of yours was touched." },
  );
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
