import { posix } from "node:path";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { words } from "./command_line.ts";
import { readText } from "./files.ts";

/** A command that migrates the database whenever its service starts. */
export interface MigratingStart {
  readonly tool: "alembic" | "flask" | "django";
  /** `its command`, or the script that holds it. */
  readonly where: string;
}

// Up to the end of a command; options may stand between the words.
const COMMANDS = [
  ["alembic", /\balembic\b[^\n;&|]*\bupgrade\b/],
  ["flask", /\bflask\b[^\n;&|]*\bdb\s+upgrade\b/],
  ["django", /\bmanage\.py\s+migrate\b/],
] as const;

const SCRIPTS = 4;

/** Whether a service migrates on its own when it starts, in its command or a script of it. */
export async function migratingStart(
  engine: Engine,
  container: ContainerDetail,
): Promise<MigratingStart | undefined> {
  const { Entrypoint, Cmd, WorkingDir } = container.Config;
  const argv = [...Entrypoint, ...Cmd];
  const direct = migrationIn(argv.join(" "));
  if (direct) return { tool: direct, where: "its command" };
  const scripts = words(argv).filter(isScript).slice(0, SCRIPTS);
  for (const script of new Set(scripts)) {
    const path = posix.resolve(WorkingDir || "/", script);
    const text = await readText(engine, container.Id, path);
    const found = text?.startsWith("#!") || script.endsWith(".sh")
      ? migrationIn(uncommented(text ?? ""))
      : undefined;
    if (found) return { tool: found, where: path };
  }
  return undefined;
}

function migrationIn(text: string): MigratingStart["tool"] | undefined {
  return COMMANDS.find(([, pattern]) => pattern.test(text))?.[0];
}

function isScript(word: string): boolean {
  return /^[\w./-]+$/.test(word) && (word.endsWith(".sh") || /^\.{0,2}\//.test(word));
}

function uncommented(script: string): string {
  return script.replaceAll(/^\s*#.*$/gm, "");
}
