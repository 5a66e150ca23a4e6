import type { StepFailure } from "../../../reports/rehearsal.ts";
import { fixOfFailure } from "./fixes/failure.ts";
import type { Draft, Scene } from "./scene.ts";
import type { RuleId } from "./table.ts";

const RULE_OF: Readonly<Record<string, RuleId>> = {
  hangs: "upgrade-hangs",
  "not-committed": "never-commits",
  "reaches-out": "reaches-out",
  "read-only": "writes-files",
};

/** Why the upgrade could not be made. */
export function judgeFailure({ revision }: Scene): Draft[] {
  const { failure } = revision;
  if (!failure) return [];
  return [{
    rule: RULE_OF[failure.kind] ?? "upgrade-fails",
    text: failureText(failure),
    fix: fixOfFailure(failure),
    at: failure.file === null ? null : failure,
  }];
}

/** A failure in one sentence or two, with what the server said of it. */
export function failureText({ message, details }: StepFailure): string {
  const detail = details.find((line) => /^detail\b/i.test(line) && !message.includes(line));
  return detail === undefined ? message : `${ended(message)} ${detail}`;
}

/** A sentence with its full stop. */
export function ended(sentence: string): string {
  return /[.!?…]$/.test(sentence.trim()) ? sentence.trim() : `${sentence.trim()}.`;
}
