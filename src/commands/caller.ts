import type { Environment } from "../config/environment.ts";
import { sudoPerson } from "../operations/revision_file/owner.ts";

/** Who runs oakum, as far as this machine says: `ada`, `root by sudo of user 1000`, `user 1000`. */
export function callerOf(environment: Environment): string {
  const name = environment("USER")?.trim() || `user ${Deno.uid() ?? "unknown"}`;
  const person = sudoPerson(environment);
  return person ? `${name} by sudo of user ${person.uid}` : name;
}
