import { tmpdir } from "node:os";
import { join } from "node:path";

/** Holds a machine-wide lock until disposed; it is released too when the process dies. */
export async function lockMachine(name: string): Promise<Disposable> {
  const file = await Deno.open(join(tmpdir(), `oakum-${name}.lock`), { create: true, write: true });
  await file.lock(true);
  return file;
}
