import { basename, dirname, join, normalize, relative } from "node:path";
import { nearestFolder } from "../../backups/nearest_folder.ts";
import { OakumError } from "../../core/errors.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { Revision } from "../../migrators/alembic/revisions.ts";
import type { MigrationProject } from "../../migrators/migrator.ts";
import type { NewFile } from "../../reports/revision_file.ts";
import { isInside, mountedPath } from "./mounted.ts";
import { findSource, holdsOneOf, neighboursOf } from "./scripts_here.ts";

/** What decides where a new file lands on this machine. */
export interface Surroundings {
  readonly project: MigrationProject;
  /** A file of the scripts that is no revision, such as env.py: there before the first one is. */
  readonly anchors?: readonly ScriptFile[];
  readonly mounts: ContainerDetail["Mounts"];
  /** Such as `unix:///var/run/docker.sock`. */
  readonly engineAddress: string;
  /** Where what cannot be mounted goes to: the stack's folder, else the current one. */
  readonly root: string;
}

/** A file of the container's scripts, by its content. */
export type ScriptFile = Pick<Revision, "path" | "sha256">;

/** One that is the same proves a folder; of many that are not, so many are looked at. */
const MOST_FILES = 50;

/** Where a new file goes, and what that place is. */
export interface Landing {
  readonly path: string;
  readonly place: NewFile["place"];
}

/**
 * Finds the place of a new file of the container on this machine: the mounted folder, else the
 * folder that the image was built from, else the same relative path in the stack's folder.
 */
export async function landingOf(file: string, around: Surroundings): Promise<Landing> {
  refuseOdd(file);
  const { root } = around;
  const mounted = await throughMount(file, around);
  if (mounted !== undefined) return { path: mounted, place: "mounted" };
  const source = await inSource(file, around);
  if (source !== undefined) return { path: source, place: "source" };
  const path = join(root, relativePath(file, around.project));
  await refuseLeadingOut(path, root);
  return { path, place: "copied" };
}

/** The stack's folder may be mounted in the container too, which may have put a link there. */
async function refuseLeadingOut(path: string, root: string): Promise<void> {
  const [there, base] = await Promise.all([await nearestFolder(dirname(path)), root].map(realPath));
  if (there !== undefined && base !== undefined && isInside(there, base)) return;
  throw new OakumError(
    "path-leads-out",
    "refused",
    `The new revision belongs at "${path}", and a link there leads out of "${root}".`,
    { hint: "Remove the link, or mount the folder of the revisions.", data: { path, root } },
  );
}

/** The name was made in the container: it must not lead anywhere else here. */
function refuseOdd(file: string): void {
  if (
    file.startsWith("/") && normalize(file) === file &&
    /^[\p{L}\p{M}\p{N}_.-]+\.py$/u.test(basename(file))
  ) {
    return;
  }
  throw new OakumError(
    "odd-file-name",
    "refused",
    `Alembic would make a file at "${file}", which is no plain path of a Python file.`,
    { hint: "Look at file_template in its configuration.", data: { path: file } },
  );
}

/**
 * The path in a mounted folder, where that folder is on this machine. The engine may be on another
 * one, or oakum in a container: what proves it is a file of the scripts that both have. Folders that
 * the new file is the first in, such as a month's, are not there yet.
 */
async function throughMount(file: string, around: Surroundings): Promise<string | undefined> {
  const { mounts, engineAddress } = around;
  const mounted = mountedPath(mounts, file);
  if (!mounted) return undefined;
  const folder = dirname(mounted.path);
  const there = await nearestFolder(folder);
  const [source, real] = await Promise.all([mounted.source, there].map(realPath));
  // A link in the mounted folder may have been made in the container, to lead out of it here.
  if (source === undefined || real === undefined || !isInside(real, source)) return undefined;
  const proofs = nearestFiles(file, around).filter(({ path }) =>
    mountedPath(mounts, path)?.source === mounted.source
  );
  const local = engineAddress.startsWith("unix:");
  const same = proofs.length === 0 ? local : await isOneHere(proofs, mounts);
  return same ? join(real, relative(there, folder), basename(file)) : undefined;
}

async function isOneHere(
  files: readonly ScriptFile[],
  mounts: ContainerDetail["Mounts"],
): Promise<boolean> {
  for (const file of files) {
    const { path } = mountedPath(mounts, file.path) ?? {};
    if (path !== undefined && await holdsOneOf(dirname(path), [file])) return true;
  }
  return false;
}

/** The path beside what the image was built from: the new file may be the first of its folder. */
async function inSource(file: string, around: Surroundings): Promise<string | undefined> {
  const { root, project } = around;
  const trees = [project.scripts, ...project.folders.map(({ path }) => path)]
    .filter((tree) => isInside(file, tree));
  const files = nearestFiles(file, around)
    .filter(({ path }) => trees.some((tree) => isInside(path, tree)));
  for (const [folder, known] of Map.groupBy(files, ({ path }) => dirname(path))) {
    const source = await findSource(root, known);
    if (source === undefined) continue;
    const path = join(source, relative(folder, dirname(file)), basename(file));
    if (isInside(path, root)) return path;
  }
  return undefined;
}

/** The scripts' files that tell one folder from another, those first that lie nearest. */
function nearestFiles(
  file: string,
  { project, anchors = [] }: Pick<Surroundings, "project" | "anchors">,
): readonly ScriptFile[] {
  const { revisions } = project.graph;
  const neighbours = neighboursOf(revisions, file);
  if (neighbours.length > 0) return neighbours;
  const steps = ({ path }: ScriptFile) => relative(dirname(path), dirname(file)).split("/").length;
  return [...revisions, ...anchors].toSorted((a, b) => steps(a) - steps(b)).slice(0, MOST_FILES);
}

function realPath(path: string): Promise<string | undefined> {
  return Deno.realPath(path).catch(() => undefined);
}

/** The path from the folder that Alembic is run in, else from the one that holds the scripts. */
function relativePath(file: string, { workingDir, scripts }: MigrationProject): string {
  for (const base of [workingDir, dirname(scripts)]) {
    if (isInside(file, base)) return relative(base, file);
  }
  return join(basename(dirname(file)), basename(file));
}
