import { createHash, type Hash } from "node:crypto";

/** The sha256 of a folder: its files' names, contents and executable bits, in hex. */
export async function folderHash(folder: URL): Promise<string> {
  const hash = createHash("sha256");
  await addFolder(hash, folder);
  return hash.digest("hex");
}

async function addFolder(hash: Hash, folder: URL): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const url = new URL(encodeURIComponent(name) + (isDirectory ? "/" : ""), folder);
    if (isDirectory) {
      hash.update(`folder ${name}\0`);
      await addFolder(hash, url);
      hash.update("end\0");
    } else {
      // Git keeps no other bit of a mode, so no other may count.
      const { mode, size } = await Deno.stat(url);
      hash.update(`${(mode ?? 0) & 0o100 ? "program" : "file"} ${size} ${name}\0`);
      hash.update(await Deno.readFile(url));
    }
  }
}
