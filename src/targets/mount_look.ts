import { OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import type { CreateOptions, Engine } from "../docker/engine.ts";
import { Lifeline } from "../docker/lifeline.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { LABELS } from "../docker/sidecar.ts";

type Mount = ContainerDetail["Mounts"][number];

/** A mount as the engine is asked for it. */
export type MountSettings = NonNullable<
  NonNullable<CreateOptions["HostConfig"]>["Mounts"]
>[number];

/** The image by id that looks into mounts before the app's own does, and the run that it is for. */
export interface Looker {
  readonly image: string;
  readonly runId: string;
  /** The database's container, whose next run sweeps it. */
  readonly of: string;
  readonly signal: AbortSignal;
}

const MEMORY = 256 * 2 ** 20;
const PROCESSES = 64;

/** What lies in a mount. */
export interface Seen {
  /** Sockets and pipes, by their paths in the service's container. */
  readonly sockets: readonly string[];
  readonly isCode: boolean;
  /** There is no file in it. */
  readonly isEmpty: boolean;
}

/** Looks into mounts from a container without a network in which nothing of the app's runs. */
export async function look(
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
      ReadonlyRootfs: true,
      Memory: MEMORY,
      PidsLimit: PROCESSES,
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
    const found = await find(host, [path, ...SOCKETS], signal);
    const sockets = found.map((one) => Destination + one.slice(path.length));
    const isCode = (await find(host, [path, ...CODE], signal)).length > 0;
    const isEmpty = !isCode && (await find(host, [path, ...FILES], signal)).length === 0;
    return [Destination, { sockets, isCode, isEmpty }] as const;
  }));
  return new Map(entries);
}

const SOCKETS = ["(", "-type", "s", "-o", "-type", "p", ")", "-print0"];
const CODE = [
  ...["-maxdepth", "3", "(", "-name", "*.py", "-o", "-name", "alembic.ini", "-o"],
  ...["-name", "pyvenv.cfg", ")", "-print0", "-quit"],
];

const FILES = ["(", "-type", "f", "-o", "-type", "l", "-o", "-type", "s", ")", "-print0", "-quit"];

const GONE = /: No such file or directory$/;

async function find(
  host: CommandHost,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const { code, stdout, stderr } = await runCommand(host, { cmd: ["find", ...words] }, signal);
  // A file that went while it looked is none that it missed.
  const onlyGone = stderr.trim().split("\n").every((line) => GONE.test(line));
  if (code === 0 || onlyGone) return stdout.split("\0").filter((path) => path !== "");
  throw new OakumError(
    "mounts-not-seen",
    "refused",
    `It could not be seen whether a mount of the app leads to the real stack: ${stderr.trim()}`,
    { hint: "Nothing of yours was touched." },
  );
}

/**
 * The same mount, read-only. What lies under a host's folder on mounts of its own stays out: those
 * would not be read-only.
 */
export function readOnly({ Type, Name, Source, Destination }: Mount): MountSettings {
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
