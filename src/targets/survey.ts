import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail, ContainerSummary, ImageDetail } from "../docker/shapes.ts";
import { fromWindows } from "./windows_path.ts";

/** A container of a Compose project, as its labels say; labels are checked, not trusted. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly service: string;
  /** Which replica it is. */
  readonly number: number;
  readonly state: string;
  readonly created: number;
  readonly workingDir: string | undefined;
  /** The same as its label has it, where that is a path of Windows. */
  readonly windowsDir: string | undefined;
  readonly configFiles: readonly string[];
}

/** A container that belongs to no Compose project. */
export interface Other {
  readonly name: string;
  readonly image: string;
}

const LABEL = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneoff: "com.docker.compose.oneoff",
  workingDir: "com.docker.compose.project.working_dir",
  configFiles: "com.docker.compose.project.config_files",
} as const;

const PROJECT = /^[a-z0-9][a-z0-9_-]*$/;
const SERVICE = /^[a-zA-Z0-9._-]+$/;
const OWN = ["oakum.run", "oakum.sandbox"] as const;
const AT_ONCE = 16;

/** Everything on an engine, looked at once and remembered for one search. */
export class Survey {
  readonly #engine: Engine;
  readonly #details = new Map<string, Promise<ContainerDetail | undefined>>();
  readonly #images = new Map<string, Promise<ImageDetail | undefined>>();

  private constructor(
    engine: Engine,
    /** Containers of Compose projects, without one-off runs. */
    readonly members: readonly Member[],
    /** Every container but oakum's own. */
    readonly ids: readonly string[],
    /** Those that Compose did not make. */
    readonly others: readonly Other[],
  ) {
    this.#engine = engine;
  }

  static async take(engine: Engine): Promise<Survey> {
    const foreign = (await engine.containers())
      .filter(({ Labels }) => !OWN.some((label) => Object.hasOwn(Labels, label)));
    const others = foreign.filter(({ Labels }) => !Object.hasOwn(Labels, LABEL.project));
    const ids = foreign.map(({ Id }) => Id);
    return new Survey(
      engine,
      foreign.flatMap(memberOf),
      ids,
      others.map((one) => ({ name: nameOf(one), image: one.Image })),
    );
  }

  /** The containers of a project, by service and number. */
  of(project: string): Member[] {
    return this.members.filter((member) => member.project === project)
      .sort((a, b) => compare(a.service, b.service) || a.number - b.number);
  }

  /** One container in full; undefined where it is gone. */
  detail(id: string): Promise<ContainerDetail | undefined> {
    return remembered(this.#details, id, () => this.#engine.container(id));
  }

  /** Containers in full; those that went meanwhile are left out. */
  async details(ids: readonly string[]): Promise<ContainerDetail[]> {
    const found: ContainerDetail[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => this.detail(id)));
      found.push(...some.filter((one) => one !== undefined));
    }
    return found;
  }

  image(name: string): Promise<ImageDetail | undefined> {
    return remembered(this.#images, name, () => this.#engine.image(name));
  }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>) {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

/**
 * A container as a member of its project; none where the labels are not what Compose writes. v1 and
 * v2 write the same ones; only the containers' names differ, and nobody reads those here.
 */
export function memberOf({ Id, Names, State, Created, Labels }: ContainerSummary): Member[] {
  const label = (name: string) => Object.hasOwn(Labels, name) ? Labels[name]! : "";
  const project = label(LABEL.project);
  const service = label(LABEL.service);
  if (!PROJECT.test(project) || !SERVICE.test(service)) return [];
  if (label(LABEL.oneoff).toLowerCase() === "true") return [];
  const folder = label(LABEL.workingDir);
  const onWindows = fromWindows(folder);
  return [{
    id: Id,
    name: nameOf({ Id, Names }),
    project,
    service,
    number: Number.parseInt(label(LABEL.number)) || 1,
    state: State,
    created: Created,
    workingDir: workingDirOf(Labels),
    windowsDir: onWindows === undefined ? undefined : folder,
    configFiles: label(LABEL.configFiles).split(",")
      .map((file) => fromWindows(file) ?? file).filter(isPath),
  }];
}

/** A container that others link to is listed under their names for it as well. */
function nameOf({ Id, Names }: Pick<ContainerSummary, "Id" | "Names">): string {
  return (Names.find((name) => name.lastIndexOf("/") === 0) ?? Id.slice(0, 12)).replace("/", "");
}

/** The folder that a container's stack was started in, as its labels say. */
export function workingDirOf(labels: Readonly<Record<string, string>>): string | undefined {
  const folder = Object.hasOwn(labels, LABEL.workingDir) ? labels[LABEL.workingDir]! : "";
  return fromWindows(folder) ?? (isPath(folder) ? folder : undefined);
}

function isPath(text: string): boolean {
  return text.startsWith("/") && !/\p{Cc}/u.test(text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
