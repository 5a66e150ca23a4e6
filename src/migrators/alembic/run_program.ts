import { OakumError } from "../../core/errors.ts";
import type { CommandHost } from "../../docker/run.ts";
import { type Program, programInput, pythonCommand } from "./programs.ts";
import { type FailureReply, type LineReply, lineReply } from "./replies.ts";

/** How a program of ours is run in the app's container. */
export interface ProgramRun {
  readonly python: string;
  /** `uid:gid` of the app's own process; undefined for the container's user. */
  readonly user: string | undefined;
  readonly workdir: string | undefined;
}

/** A program that says why it could not do its work. */
export class ProgramFailure extends Error {
  override readonly name = "ProgramFailure";

  constructor(
    readonly failure: FailureReply,
    /** What env.py and the migrations printed, its end. */
    readonly printed: string,
  ) {
    super(failure.message);
    // What `--verbose` shows of a cause is the place where it happened: here, in Python.
    if (failure.traceback) this.stack = failure.traceback;
  }
}

const PRINTED_LIMIT = 20_000;
const LINE_LIMIT = 64 * 2 ** 20;

/**
 * Runs a program in the app's own Python. Its stdin stays open as its lifeline: when this process
 * ends, or the signal aborts, the program ends and the server rolls its transaction back.
 */
export async function runProgram(
  host: CommandHost,
  run: ProgramRun,
  program: Program,
  args: unknown,
  onEvent: (event: LineReply) => void,
  signal: AbortSignal,
): Promise<unknown> {
  await using exec = await host.engine.exec(host.id, {
    cmd: pythonCommand(run.python),
    stdin: true,
    ...(run.user === undefined ? {} : { user: run.user }),
    ...(run.workdir === undefined ? {} : { workdir: run.workdir }),
  }, signal);
  await exec.write(programInput(program, args));
  const lines = new Lines();
  let printed = "";
  let last: LineReply | undefined;
  for await (const { stream, data } of exec.output()) {
    if (stream === "stderr") {
      printed = (printed + new TextDecoder().decode(data)).slice(-PRINTED_LIMIT);
      continue;
    }
    for (const line of lines.push(data)) {
      last = parse(line);
      onEvent(last);
    }
  }
  signal.throwIfAborted();
  if (last?.event === "failed") throw new ProgramFailure(last.error, printed);
  if (last?.event === "result") return last;
  const code = await exec.exitCode(signal);
  throw new OakumError(
    "program-died",
    "failed",
    `Python in the app's container ended with exit code ${code} before it had answered.`,
    {
      hint: printed.trim().split("\n").at(-1) || "Was the container stopped?",
      data: { printed, code },
    },
  );
}

function parse(line: string): LineReply {
  try {
    return lineReply.parse(JSON.parse(line));
  } catch (error) {
    throw new OakumError(
      "program-garbled",
      "failed",
      "The app's Python answered with something odd.",
      {
        data: { line: line.slice(0, 500) },
        cause: error,
      },
    );
  }
}

/** Cuts a stream into lines. */
class Lines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  push(data: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LINE_LIMIT) throw new Error("a line without an end");
    return lines.filter((line) => line !== "");
  }
}
