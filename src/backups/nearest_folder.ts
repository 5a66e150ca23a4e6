import { dirname } from "node:path";

/** The folder, or the nearest above it that is there already. */
export async function nearestFolder(path: string): Promise<string> {
  const isFolder = await Deno.stat(path).then((found) => found.isDirectory, () => false);
  return isFolder || path === dirname(path) ? path : await nearestFolder(dirname(path));
}
