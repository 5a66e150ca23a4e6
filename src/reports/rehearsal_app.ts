import { count, duration } from "../core/time.ts";
import type { AppTrial, ModelDrift, RehearsalReport } from "./rehearsal.ts";

/** How the app did on the new schema, in words. */
export function trialText({ what, command, ok, tookMs, exitCode }: AppTrial): string {
  const after = `after ${duration(tookMs)}`;
  const code = exitCode === null ? "" : ` with exit code ${exitCode}`;
  if (what === "run") {
    const how = ok ? "passed" : exitCode === null ? "failed" : `ended${code}`;
    return `\`${command}\` ${how} on the new schema ${after}`;
  }
  if (ok) return `the app starts on the new schema and is healthy (\`${command}\`) ${after}`;
  const how = code && `; it ended${code}`;
  return `the app is not healthy on the new schema (\`${command}\`) ${after}${how}`;
}

/** The last lines of an output: they say why it ended. */
export function outputEnd({ output }: AppTrial, lines: number): string {
  return output.trimEnd().split("\n").slice(-lines).join("\n");
}

/** The drift of the models, unless a finding tells of it. */
export function untoldDrift({ drift, findings }: RehearsalReport): ModelDrift | null {
  return findings.some(({ rule }) => rule.startsWith("model-")) ? null : drift;
}

/** How the models differ from the upgraded copy, as a sentence; the operations are apart. */
export function driftText({ fresh, known, unknown }: ModelDrift): string {
  if (unknown !== null) return `The models were not compared: ${unknown}`;
  const rest = known.length > 0 ? `; ${count(known.length, "known difference")}` : "";
  if (fresh.length === 0) return `The models agree with the upgraded copy${rest}.`;
  return `The models differ from the upgraded copy, ${count(fresh.length, "operation")}${rest}:`;
}
