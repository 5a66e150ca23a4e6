/** One line of the README's table "Instead of … type …". */
export interface Line {
  /** Its right cell as it stands there: what to type, and sometimes a remark. */
  readonly type: string;
  /** The commands in it, in their order. */
  readonly commands: readonly string[];
}

/** Reads the table out of the README's text. */
export function insteadOf(readme: string): Line[] {
  const [, section = ""] = readme.split(/^## Instead of … type …$/m);
  const [, , ...rows] = section.split(/^## /m)[0]!.split("\n").filter((row) => row.startsWith("|"));
  return rows.map((row) => {
    const type = row.split("|")[2]!.trim();
    const commands = Array.from(type.matchAll(/`(oakum [^`]+)`/g), ([, command]) => command!);
    return { type, commands };
  });
}
