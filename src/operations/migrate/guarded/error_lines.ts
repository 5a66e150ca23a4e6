import type { Engine } from "../../../docker/engine.ts";

const LINES = 400;
const SHOWN = 5;
const LONGEST = 300;

/** Words by which programs and logging libraries mark what went wrong. */
const MARKS = /\b(error|exception|traceback|fatal|critical|panic)\b|\b\w+(Error|Exception)\b/i;
/** Lines that only name what did not happen, such as `0 errors`. */
const HARMLESS = /\b(0|no) (errors?|exceptions?)\b|\berrors?=0\b/i;

/** The last lines that a container wrote since an instant and that speak of errors. */
export async function errorLines(engine: Engine, id: string, since: Date): Promise<string[]> {
  const log = await engine.logTail(id, LINES, since);
  return linesOfErrors(log);
}

/** The lines of a log that speak of errors, the last ones, each cut to a readable length. */
export function linesOfErrors(log: string): string[] {
  const lines = log.split("\n").map((line) => line.trim());
  return lines.filter((line) => MARKS.test(line) && !HARMLESS.test(line)).slice(-SHOWN)
    .map((line) => line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line);
}
