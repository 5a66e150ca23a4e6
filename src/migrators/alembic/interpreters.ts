import find from "./find.sh" with { type: "text" };

/** The command that looks for an interpreter; `folders` may hold a virtual environment. */
export function findCommand(folders: readonly string[] = []): readonly string[] {
  return ["sh", "-c", find, "find", ...folders];
}

/** The path of the interpreter in what that command wrote, if it found one. */
export function parseInterpreter(output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.split("\t"));
  return lines.find(([kind, path]) => kind === "python" && path)?.[1];
}

/**
 * Interpreters to try one after the other in a container without a shell. A command that is not
 * there ends with 126 or 127, or Docker says that it cannot be executed.
 */
export function likelyInterpreters(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const named = command.filter((word) => /(^|\/)python[0-9.]*$/.test(word));
  const homes = [environment["VIRTUAL_ENV"], environment["CONDA_PREFIX"]].filter((home) => !!home);
  const usual = ["/app/.venv", "/venv", "/opt/venv", "/srv/venv", "/usr/local", "/usr"];
  const paths = [...homes, ...usual].map((home) => `${home}/bin/python3`);
  return [...new Set([...named, ...paths, "python3", "python"])];
}
