import { basename, dirname, join, normalize, relative } from "node:path";
import { nearestFolder } from "../../backups/nearest_folder.ts";
import { OakumError } from "../../core/errors.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { MigrationProject } from "../../migrators/migrator.ts";
import type { NewFile } from "../../reports/revision_file.ts";
import { isInside, mountedPath } from "./mounted.ts";
import { findSource, holdsOneOf, neighboursOf } from "./scripts_here.ts";

/** What decides where a new file lands on this machine. */
export interface Surroundings {
  readonly project: MigrationProject;
  readonly mounts: ContainerDetail["Mounts"];
  /** Such as `unix:///var/run/docker.sock`. */
  readonly engineAddress: string;
  /** Where what cannot be mounted goes to: the stack's folder, else the current one. */
  readonly root: string;
}

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
  const { project, root } = around;
  const mounted = await throughMount(file, around);
  if (mounted !== undefined) return { path: mounted, place: "mounted" };
  const source = await findSource(root, neighboursOf(project.graph.revisions, file));
  if (source !== undefined) return { path: join(source, basename(file)), place: "source" };
  const path = join(root, relativePath(file, project));
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
 * one, or oakum in a container: what proves it is a revision file that both have.
 */
async function throughMount(
  file: string,
  { project, mounts, engineAddress }: Surroundings,
): Promise<string | undefined> {
  const mounted = mountedPath(mounts, file);
  if (!mounted) return undefined;
  const [source, folder] = await Promise.all([mounted.source, dirname(mounted.path)].map(realPath));
  // A link in the mounted folder may have been made in the container, to lead out of it here.
  if (source === undefined || folder === undefined || !isInside(folder, source)) return undefined;
  const neighbours = neighboursOf(project.graph.revisions, file);
  const local = engineAddress.startsWith("unix:");
  const same = neighbours.length === 0 ? local : await holdsOneOf(folder, neighbours);
  return same ? join(folder, basename(file)) : undefined;
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
