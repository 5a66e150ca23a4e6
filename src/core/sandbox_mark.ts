/** A setting that tells a copy from every other server to whoever knows its name. */
export interface SandboxMark {
  readonly name: string;
  readonly value: string;
}
