import { join } from "node:path";

/** A temporary folder with these files; it is removed when disposed of. */
export async function folderWith(files: Readonly<Record<string, string>>) {
  const path = await Deno.makeTempDir({ prefix: "oakum_config_" });
  for (const [name, text] of Object.entries(files)) {
    const file = join(path, name);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** An environment of these variables. */
export function environmentOf(variables: Readonly<Record<string, string>>) {
  return (name: string): string | undefined => variables[name];
}
