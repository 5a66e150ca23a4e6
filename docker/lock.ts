import { tmpdir } from "node:os";
import { join } from "node:path";

/** Holds a lock that one process of this user has at a time, until disposed or until it dies. */
export async function lockMachine(name: string): Promise<Disposable> {
  const path = join(tmpdir(), `oakum-${Deno.uid() ?? "any"}-${name}.lock`);
  const file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
  await file.lock(true);
  return file;
}
