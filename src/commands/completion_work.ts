import { messageOf } from "../core/errors.ts";
import { type Candidate, complete, type LookUp } from "./complete.ts";
import type { CompleteOptions, CompletionOptions } from "./completion.ts";
import bash from "./completion_scripts/oakum.bash" with { type: "text" };
import fish from "./completion_scripts/oakum.fish" with { type: "text" };
import powershell from "./completion_scripts/oakum.ps1" with { type: "text" };
import zsh from "./completion_scripts/oakum.zsh" with { type: "text" };
import { buildVerbs } from "./program.ts";
import type { BareSession, Result } from "./session.ts";

const SCRIPTS = { bash, zsh, fish, powershell } as const;

/** `completion`: the script for a shell. */
export function completionWork(_: BareSession, { shell }: CompletionOptions): Promise<Result> {
  const script = SCRIPTS[shell];
  return Promise.resolve({
    report: { shell, script },
    text: (page) => page.verbatim(script.trimEnd()),
  });
}

/** `__complete`: a line for each candidate, value and text with a tab between them. */
export async function completeWork(
  session: BareSession,
  { words, newWord }: CompleteOptions,
  lookUp: LookUp = lookUpWhenAsked(session),
): Promise<Result> {
  const program = buildVerbs({ run: () => Promise.resolve() });
  const quiet: LookUp = (kind, given) =>
    lookUp(kind, given).catch((error) => {
      // A completion that fails must not print into the line that is being typed.
      if (session.globals.verbose) session.emit({ type: "note", text: messageOf(error) });
      return [];
    });
  const found = await complete(program, newWord ? [...words, ""] : words, quiet);
  const candidates = found.candidates.filter(isHarmless);
  return {
    report: { candidates, paths: found.paths ?? null },
    text: (page) => {
      candidates.forEach(({ value, text }) => page.verbatim(`${value}\t${oneLine(text)}`));
      if (found.paths) page.verbatim(`:${found.paths}`);
    },
  };
}

/** Options and verbs must not wait until all of Docker is loaded. */
function lookUpWhenAsked(session: BareSession): LookUp {
  return async (kind, given) => {
    const { lookUpFor } = await import("./look_up.ts");
    return await lookUpFor(session)(kind, given);
  };
}

/** Names from containers go into a shell's command line: only what no shell reads as more. */
function isHarmless({ value }: Candidate): boolean {
  return /^[\p{L}\p{N}_@.:+/=,-]+$/u.test(value);
}

/** A note of several lines would be read as several candidates. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
