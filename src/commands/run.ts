import { isAbsolute, resolve } from "node:path";
import { EXIT_CODES, OakumError } from "../core/errors.ts";
import { newRunId } from "../core/run.ts";
import { asLost } from "../core/lost.ts";
import { outcomeOf, showFailure } from "../terminal/failure.ts";
import { jsonDocument, jsonLine } from "../terminal/json.ts";
import { pageOn } from "../terminal/page.ts";
import { pickRenderer } from "../terminal/pick.ts";
import { canPrompt, createAsk } from "../terminal/prompt/ask.ts";
import { type Renderer, unheldEvery } from "../terminal/renderer.ts";
import type { Globals } from "./globals.ts";
import type { BareSession, Result, Shell } from "./session.ts";

const CLEAN_UP_SHOWN = 500;

/** One command to be run. */
export interface CommandRun {
  readonly globals: Globals;
  /** Whether it may run long: see `LONG_VERBS`. */
  readonly long: boolean;
  readonly work: (session: BareSession) => Promise<Result>;
}

/** Runs one command, shows its report or its failure, and says the exit code. */
export async function runCommand(shell: Shell, run: CommandRun): Promise<number> {
  const renderer = rendererFor(shell, run);
  const disarm = announceCleanUp(shell, renderer);
  try {
    const result = await run.work(openSession(shell, run.globals, renderer));
    throwDefect(shell);
    renderer.end();
    showResult(shell, run, result);
    return result.exitCode ?? EXIT_CODES[result.outcome ?? "done"];
  } catch (thrown) {
    renderer.end();
    const error = endedBy(shell, asLost(thrown));
    const { json, verbose } = run.globals;
    showFailure(shell.output, error, { json, verbose, stream: streams(run) });
    return EXIT_CODES[outcomeOf(error)];
  } finally {
    disarm();
    renderer.close();
  }
}

/** Says what is waited for where an interrupted command does not end at once. */
function announceCleanUp({ signal }: Shell, renderer: Renderer): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    const text = "Stopping, and cleaning up first; a second Ctrl-C leaves at once.";
    timer = setTimeout(() => renderer.emit({ type: "note", text }), CLEAN_UP_SHOWN);
    Deno.unrefTimer(timer);
  };
  signal.addEventListener("abort", arm, { once: true });
  return () => {
    signal.removeEventListener("abort", arm);
    clearTimeout(timer);
  };
}

/** Whether the events go to stdout as JSON lines, so that what follows is a line too. */
function streams({ globals, long }: CommandRun): boolean {
  return globals.json && long && !globals.quiet;
}

function rendererFor({ output, environment }: Shell, { globals, long }: CommandRun): Renderer {
  const { json, quiet, verbose } = globals;
  const dumb = environment("TERM") === "dumb";
  const now = () => performance.now();
  return pickRenderer(output, { json, quiet, verbose, long, dumb, now, every: unheldEvery });
}

function openSession(shell: Shell, globals: Globals, renderer: Renderer): BareSession {
  const { output, environment, clock, signal, stdin } = shell;
  const { yes, json } = globals;
  const facts = { stdin: stdin.terminal, stderr: output.err.terminal, yes, json, environment };
  const terminal = { keyboard: stdin, channel: output.err, signal };
  const { directory: named = "." } = globals;
  const directory = isAbsolute(named) ? resolve(named) : resolve(shell.cwd, named);
  return {
    globals,
    directory,
    emit: renderer.emit,
    signal,
    clock,
    environment,
    runId: newRunId(),
    ask: createAsk({ terminal, canPrompt: canPrompt(facts), yes, renderer }),
    display: renderer,
    stdin,
    path: (typed) => resolve(directory, typed),
  };
}

function showResult({ output, clock }: Shell, run: CommandRun, { report, text }: Result): void {
  const { out } = output;
  const { json, verbose } = run.globals;
  if (!json) return text(pageOn(out, clock.now(), verbose));
  if (report === undefined) return;
  if (streams(run)) out.line(jsonLine({ type: "report", report }));
  else out.line(jsonDocument(report, out.terminal));
}

/** An interrupted command ends with 130, unless it has to say that the database was changed. */
function endedBy(shell: Shell, thrown: unknown): unknown {
  const interruption = interruptionOf(shell);
  if (!interruption) return shell.signal.aborted ? asLost(shell.signal.reason) : thrown;
  if (!(thrown instanceof OakumError)) return interruption;
  if (thrown.outcome === "changed" || thrown.outcome === "interrupted") return thrown;
  const { code, message, data, hint, cause } = thrown;
  const detail = { data, cause, ...(hint === undefined ? {} : { hint }) };
  return new OakumError(code, "interrupted", message, detail);
}

function interruptionOf({ signal }: Shell): OakumError | undefined {
  return signal.aborted && signal.reason instanceof OakumError ? signal.reason : undefined;
}

/** What was thrown where nobody could catch it is a defect, however well the work ended. */
function throwDefect({ signal }: Shell): void {
  if (signal.aborted && !(signal.reason instanceof OakumError)) throw signal.reason;
}
