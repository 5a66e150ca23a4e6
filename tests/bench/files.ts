import { walk } from "../suite/walk.ts";

/** The size of the largest file below a folder, in bytes. */
export async function biggestFile(folder: string): Promise<number> {
  let biggest = 0;
  for await (const path of walk(folder)) biggest = Math.max(biggest, (await Deno.stat(path)).size);
  return biggest;
}
