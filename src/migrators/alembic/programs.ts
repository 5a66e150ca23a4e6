import bootstrap from "./programs/bootstrap.py" with { type: "text" };
import commands from "./programs/commands.py" with { type: "text" };
import oakumCauses from "./programs/oakum_causes.py" with { type: "text" };
import oakumConfigs from "./programs/oakum_configs.py" with { type: "text" };
import oakumDatabase from "./programs/oakum_database.py" with { type: "text" };
import oakumErrors from "./programs/oakum_errors.py" with { type: "text" };
import oakumFiles from "./programs/oakum_files.py" with { type: "text" };
import oakumFrames from "./programs/oakum_frames.py" with { type: "text" };
import oakumLocate from "./programs/oakum_locate.py" with { type: "text" };
import oakumLocks from "./programs/oakum_locks.py" with { type: "text" };
import oakumOperations from "./programs/oakum_operations.py" with { type: "text" };
import oakumPackages from "./programs/oakum_packages.py" with { type: "text" };
import oakumProject from "./programs/oakum_project.py" with { type: "text" };
import oakumScripts from "./programs/oakum_scripts.py" with { type: "text" };
import oakumSessions from "./programs/oakum_sessions.py" with { type: "text" };
import oakumSql from "./programs/oakum_sql.py" with { type: "text" };
import oakumTold from "./programs/oakum_told.py" with { type: "text" };
import oakumTouches from "./programs/oakum_touches.py" with { type: "text" };
import oakumTrace from "./programs/oakum_trace.py" with { type: "text" };
import oakumWire from "./programs/oakum_wire.py" with { type: "text" };
import probe from "./programs/probe.py" with { type: "text" };
import serve from "./programs/serve.py" with { type: "text" };
import step from "./programs/step.py" with { type: "text" };

/** Each module after those that it imports. */
const MODULES: readonly (readonly [name: string, text: string])[] = [
  ["oakum_wire", oakumWire],
  ["oakum_causes", oakumCauses],
  ["oakum_errors", oakumErrors],
  ["oakum_project", oakumProject],
  ["oakum_told", oakumTold],
  ["oakum_packages", oakumPackages],
  ["oakum_configs", oakumConfigs],
  ["oakum_locate", oakumLocate],
  ["oakum_database", oakumDatabase],
  ["oakum_sessions", oakumSessions],
  ["oakum_frames", oakumFrames],
  ["oakum_locks", oakumLocks],
  ["oakum_trace", oakumTrace],
  ["oakum_files", oakumFiles],
  ["oakum_operations", oakumOperations],
  ["oakum_scripts", oakumScripts],
  ["oakum_sql", oakumSql],
  ["oakum_touches", oakumTouches],
];

const PROGRAMS = { probe, step, commands } as const;

/** A program that the app's own Python runs; see the text at the head of each. */
export type Program = keyof typeof PROGRAMS;

/** Not the bare names: an app may have a module `commands` of its own. */
const moduleOf = (program: Program): string => `oakum_${program}`;

/** Width of the decimal number, padded with spaces, that says how many bytes follow it. */
const LENGTH_DIGITS = 10;

/** The command that waits for a program on its stdin. -B: no `__pycache__` is left in the app. */
export function pythonCommand(python: string): readonly string[] {
  return [python, "-B", "-c", bootstrap];
}

/**
 * What to write to that command's stdin. The stdin must then stay open for as long as the program
 * may run: it ends at once when its stdin does.
 */
export function programInput(program: Program, args: unknown): Uint8Array {
  const modules = [...MODULES, [moduleOf(program), PROGRAMS[program]]];
  return request({ modules, arguments: args });
}

/** The same for a Python that stays and waits for requests; see `programs/serve.py`. */
export function servingInput(args: object & { readonly mark: string }): Uint8Array {
  const programs = (Object.keys(PROGRAMS) as Program[])
    .map((program) => [moduleOf(program), PROGRAMS[program]]);
  return request({ modules: [...MODULES, ...programs, ["oakum_serve", serve]], arguments: args });
}

/** What to write to a Python that stays, for each program that it is to run. */
export function requestInput(program: Program, args: unknown): Uint8Array {
  return request({ program: moduleOf(program), arguments: args });
}

function request(value: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const length = new TextEncoder().encode(String(body.length).padStart(LENGTH_DIGITS));
  const input = new Uint8Array(length.length + body.length);
  input.set(length);
  input.set(body, length.length);
  return input;
}
