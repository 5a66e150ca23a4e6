import type { ContainerDetail } from "../docker/shapes.ts";

/** A program that a container's command starts. */
export interface StartedProgram {
  /** Its file's name, without folders. */
  readonly name: string;
  readonly args: readonly string[];
}

const INITS = /^(tini|tini-static|dumb-init|docker-init|catatonit|exec|env|--)$/;
const AS_USER = /^(gosu|su-exec)$/;
const SHELLS = /^(sh|bash|dash|ash|zsh)$/;
const VARIABLE = /^\w+=/;

type Command = Pick<ContainerDetail["Config"], "Entrypoint" | "Cmd">;

/**
 * What a container starts, behind inits, entrypoint scripts and shells: the program itself, and not
 * the words that it is given.
 */
export function programsOf({ Config }: { readonly Config: Command }): StartedProgram[] {
  const { argv } = unwrapped([...Config.Entrypoint, ...Config.Cmd]);
  const script = scriptOf(argv);
  const commands = script === undefined ? [argv] : script.split(/&&|\|\||[;|&\n]+/).map(split);
  return commands.flatMap((command) => {
    const [path, ...args] = unwrapped(command).argv;
    return path === undefined ? [] : [{ name: fileName(path), args }];
  });
}

/** Whether an entrypoint script is handed the command. */
export function startsByEntrypoint({ Config }: { readonly Config: Command }): boolean {
  return unwrapped([...Config.Entrypoint, ...Config.Cmd]).byEntrypoint;
}

function unwrapped(argv: readonly string[]) {
  let byEntrypoint = false;
  const rest = [...argv];
  for (;;) {
    const name = fileName(rest[0] ?? "");
    if (AS_USER.test(name)) rest.splice(0, 2);
    else if (INITS.test(name)) {
      rest.shift();
      while (rest[0]?.startsWith("-") || VARIABLE.test(rest[0] ?? "")) rest.shift();
    } else if (VARIABLE.test(rest[0] ?? "")) rest.shift();
    else if (/entrypoint/.test(name)) {
      byEntrypoint = true;
      rest.shift();
    } else return { argv: rest, byEntrypoint };
  }
}

/** The text that a shell is started with; a script of its own is one word. */
function scriptOf([shell, ...args]: readonly string[]): string | undefined {
  if (!SHELLS.test(fileName(shell ?? ""))) return undefined;
  const at = args.findIndex((one) => /^-\w*c$/.test(one));
  return at < 0 ? undefined : args[at + 1];
}

const split = (text: string) => text.split(/[\s"']+/).filter((word) => word !== "");

/** A command's words, those of a shell's script among them. */
export function words(argv: readonly string[]): string[] {
  return argv.flatMap((argument) => argument.split(/[\s;&|"']+/)).filter((word) => word !== "");
}

/** A path without its folders. */
export function fileName(path: string): string {
  return path.split("/").pop() ?? "";
}
