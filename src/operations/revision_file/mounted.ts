import { join, relative } from "node:path";
import type { ContainerDetail } from "../../docker/shapes.ts";

/** A path of a container on the engine's machine. */
export interface MountedPath {
  /** The folder or file that is mounted. */
  readonly source: string;
  readonly path: string;
}

/** Where a container's path lies on the engine's machine; nothing unless a folder of it is mounted. */
export function mountedPath(
  mounts: ContainerDetail["Mounts"],
  path: string,
): MountedPath | undefined {
  const innermost = mounts
    .filter(({ Destination }) => isInside(path, Destination))
    .toSorted((a, b) => b.Destination.length - a.Destination.length)[0];
  if (innermost?.Type !== "bind" || !innermost.Source) return undefined;
  const { Source, Destination } = innermost;
  return { source: Source, path: join(Source, relative(Destination, path)) };
}

/** Whether a normalised absolute path is a folder or in it. */
export function isInside(path: string, folder: string): boolean {
  const base = folder.replace(/\/+$/, "");
  return path === base || path.startsWith(`${base}/`);
}
