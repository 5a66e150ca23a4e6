import { randomBytes } from "node:crypto";

/** A setting that tells a copy from every other server to whoever knows its name. */
export interface SandboxMark {
  readonly name: string;
  readonly value: string;
}

/**
 * One for a new copy. No query lists settings that nobody has declared: code in a dump that asks where
 * it runs cannot ask for this one.
 */
export function newSandboxMark(): SandboxMark {
  const word = () => randomBytes(16).toString("hex");
  return { name: `s${word()}.s${word()}`, value: word() };
}
