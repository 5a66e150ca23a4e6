import { EXIT_CODES, messageOf, OakumError, type Outcome } from "../core/errors.ts";
import { COMMIT, VERSION } from "../core/version.ts";
import type { Channel, Output } from "./channel.ts";
import { jsonDocument, jsonLine } from "./json.ts";

/** The JSON form of whatever ended a command; part of oakum's interface. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly exitCode: number;
}

/** How a failure is shown. */
export interface FailureManners {
  readonly json: boolean;
  /** Whether events went before it as JSON lines. */
  readonly stream: boolean;
  readonly verbose: boolean;
}

/** The outcome that a thrown value stands for: what is not expected is a failure. */
export function outcomeOf(thrown: unknown): Outcome {
  return thrown instanceof OakumError ? thrown.outcome : "failed";
}

/** What a thrown value says, as the JSON form has it. */
export function failureOf(thrown: unknown): Failure {
  const exitCode = EXIT_CODES[outcomeOf(thrown)];
  if (!(thrown instanceof OakumError)) {
    const data = { stack: stackOf(thrown), ...identity() };
    return { code: "defect", message: messageOf(thrown), hint: DEFECT, data, exitCode };
  }
  const { code, message, hint, data } = thrown;
  return { code, message, ...(hint === undefined ? {} : { hint }), data, exitCode };
}

/** Shows what ended a command: JSON on stdout with `--json`, else sentences on stderr. */
export function showFailure(output: Output, thrown: unknown, manners: FailureManners): void {
  if (manners.json) return jsonFailure(output.out, failureOf(thrown), manners.stream);
  if (!(thrown instanceof OakumError)) return defect(output.err, thrown);
  const { err } = output;
  err.prose(`${err.style("bad", "error:")} ${indented(thrown.message)}`, HANG);
  if (thrown.hint) err.prose(`${err.style("accent", "hint:")} ${indented(thrown.hint)}`, HANG);
  if (!manners.verbose) return;
  for (let cause = thrown.cause; cause !== undefined; cause = causeOf(cause)) {
    err.line(err.style("dim", `cause: ${indented(stackOf(cause))}`));
  }
}

/** How far further lines are indented. */
const HANG = 2;
const DEFECT = "This is a defect of oakum: please report it with these lines.";

function defect(channel: Channel, thrown: unknown): void {
  channel.line(`${channel.style("bad", "defect:")} ${indented(stackOf(thrown))}`);
  const { version, commit, platform } = identity();
  channel.line(`${DEFECT} oakum ${version} (${commit}), ${platform}`);
}

function identity() {
  const { os, arch } = Deno.build;
  return { version: VERSION, commit: COMMIT, platform: `${os} ${arch}, Deno ${Deno.version.deno}` };
}

function jsonFailure(channel: Channel, error: Failure, stream: boolean): void {
  if (stream) channel.line(jsonLine({ type: "error", error }));
  else channel.line(jsonDocument({ error }, channel.terminal));
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}

/** Further lines are indented, so that text from elsewhere cannot pass for a line of oakum's. */
function indented(text: string): string {
  return text.trimEnd().replaceAll("\n", `\n${" ".repeat(HANG)}`);
}
