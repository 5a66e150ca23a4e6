import { OakumError } from "../../core/errors.ts";
import { sleep } from "../../core/time.ts";
import { type Engine, statusOf } from "../../docker/engine.ts";
import type { RunningExec } from "../../docker/exec.ts";
import type { CommandHost } from "../../docker/run.ts";
import { type Program, programInput, pythonCommand } from "./programs.ts";
import { type FailureReply, type LineReply, lineReply } from "./replies.ts";

/** How a program of ours is run in the app's container. */
export interface ProgramRun {
  readonly python: string;
  /** `uid:gid` of the app's own process; undefined for the container's user. */
  readonly user: string | undefined;
  /** What the app's own process sees beyond its container's environment; secrets. */
  readonly environment: Readonly<Record<string, string>>;
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
/** A program whose lifeline was cut ends at once; more than this is a container that is paused. */
const END_LIMIT_MS = 10_000;
/** How long a container may take from the end of its processes to its own. */
const STOP_LIMIT_MS = 2_000;
/** The exit code of SIGKILL. */
const KILLED = 137;

/**
 * Runs a program in the app's own Python. Its stdin stays open as its lifeline: when this process
 * ends, or the signal aborts, the program ends and the server rolls its transaction back. Whatever
 * this throws, the program has ended by then.
 */
export async function runProgram(
  host: CommandHost,
  run: ProgramRun,
  program: Program,
  args: unknown,
  onEvent: (event: LineReply) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const exec = await start(host, run, signal);
  try {
    await exec.write(programInput(program, args));
    const { last, printed } = await listen(exec, onEvent);
    signal.throwIfAborted();
    if (last?.event === "result") return last;
    if (last?.event === "failed") throw new ProgramFailure(last.error, printed);
    throw await died(host, exec, printed, signal);
  } catch (error) {
    await exec[Symbol.asyncDispose]();
    await exec.exitCode(AbortSignal.timeout(END_LIMIT_MS)).catch(() => {});
    throw error;
  } finally {
    await exec[Symbol.asyncDispose]();
  }
}

async function start(
  host: CommandHost,
  { python, user, environment }: ProgramRun,
  signal: AbortSignal,
): Promise<RunningExec> {
  const spec = {
    cmd: pythonCommand(python),
    stdin: true,
    env: environment,
    ...(user === undefined ? {} : { user }),
  };
  try {
    return await host.engine.exec(host.id, spec, signal);
  } catch (error) {
    // 404: it was removed; 409: it is stopped or paused.
    if (![404, 409].includes(statusOf(error))) throw error;
    throw appStopped("The app's container does not run", error);
  }
}

/** Reads what the program says to its end; answers with its last line. */
async function listen(
  exec: RunningExec,
  onEvent: (event: LineReply) => void,
): Promise<{ last: LineReply | undefined; printed: string }> {
  const lines = new Lines();
  const text = new TextDecoder();
  let printed = "";
  let last: LineReply | undefined;
  for await (const { stream, data } of exec.output()) {
    if (stream === "stderr") {
      printed = (printed + text.decode(data, { stream: true })).slice(-PRINTED_LIMIT);
      continue;
    }
    for (const line of lines.push(data)) {
      last = parse(line);
      onEvent(last);
    }
  }
  return { last, printed };
}

/** Why a program ended before it had answered, as far as the engine knows. */
async function died(
  { engine, id }: CommandHost,
  exec: RunningExec,
  printed: string,
  signal: AbortSignal,
): Promise<OakumError> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(END_LIMIT_MS)]);
  const code = await exec.exitCode(patience).catch(() => undefined);
  signal.throwIfAborted();
  const gone = code === undefined || code === KILLED ? await whatBecameOf(engine, id) : undefined;
  if (gone) return appStopped(`The app's container ${gone} while Python worked in it`);
  const killed = code === KILLED ? ": it was killed, perhaps for want of memory" : "";
  return new OakumError(
    "program-died",
    "failed",
    `Python in the app's container ended with exit code ${
      code ?? "?"
    } before it had answered${killed}.`,
    {
      hint: withoutPasswords(printed.trim().split("\n").at(-1) ?? "") || "It printed nothing.",
      data: { printed: withoutPasswords(printed), code: code ?? null },
    },
  );
}

/** A container that is being stopped kills what runs in it before the engine calls it stopped. */
async function whatBecameOf(engine: Engine, id: string): Promise<string | undefined> {
  const until = performance.now() + STOP_LIMIT_MS;
  for (;;) {
    const container = await engine.container(id);
    if (!container) return "was removed";
    if (!container.State.Running) return "stopped";
    if (performance.now() > until) return undefined;
    await sleep(100);
  }
}

function appStopped(text: string, cause?: unknown): OakumError {
  return new OakumError("app-stopped", "failed", `${text}.`, {
    hint: "Start it, or see why it stopped: docker ps --all, docker logs",
    cause,
  });
}

/** What was printed by others may hold an address. */
function withoutPasswords(text: string): string {
  return text.replaceAll(/(:\/\/[^\s:/@"']*):[^\s"']*@/g, "$1:***@");
}

function parse(line: string): LineReply {
  try {
    return lineReply.parse(JSON.parse(line));
  } catch (error) {
    throw new OakumError(
      "program-garbled",
      "failed",
      "The app's Python answered with something odd.",
      { data: { line: line.slice(0, 500) }, cause: error },
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
