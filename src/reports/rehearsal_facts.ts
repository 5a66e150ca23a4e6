import { lossText } from "./data_loss.ts";
import type {
  Finding,
  MeasuredStep,
  RehearsedDowngrade,
  RehearsedRevision,
  StepFailure,
} from "./rehearsal.ts";
import {
  DOWNGRADE_SENTENCE,
  lockText,
  rewriteText,
  rewritten,
  rowsText,
  worstLock,
} from "./rehearsal_words.ts";

/**
 * What a revision was measured to do, and its way back, in sentences without their ends; less what
 * its findings say already.
 */
export function factsOf(revision: RehearsedRevision): string[] {
  const { upgrade, lost, downgrade, again, findings } = revision;
  const untold = (rule: string, facts: () => readonly string[]) =>
    findings.some((finding) => finding.rule.startsWith(rule)) ? [] : facts();
  const same = again === null || again.same || again.failure !== null;
  return [
    ...upgrade ? stepFacts(upgrade) : [],
    ...untold("data-lost", () => lost.map((loss) => `takes away ${lossText(loss)}`)),
    ...untold("downgrade-", () => downgradeFacts(downgrade)),
    ...same ? [] : untold("not-repeatable", () => againFacts(again?.differences ?? [])),
  ];
}

function againFacts(differences: readonly string[]): string[] {
  return differences.length > 0
    ? differences.map((difference) => `up once more: ${difference}`)
    : ["up once more, it makes another schema than the first time"];
}

function stepFacts(step: MeasuredStep): string[] {
  const [lock, rows] = [worstLock(step), rowsText(step)];
  const inside = "commits in the middle: what fails after that leaves half of it behind";
  return [
    ...lock ? [lockText(lock)] : [],
    ...rewritten(step).map(rewriteText),
    ...rows === undefined ? [] : [rows],
    ...step.committedInside ? [inside] : [],
  ];
}

function downgradeFacts({ verdict, failure, differences, lost }: RehearsedDowngrade): string[] {
  const sentence = failure && verdict !== "none" ? undefined : DOWNGRADE_SENTENCE[verdict];
  return [
    ...sentence === undefined ? [] : [sentence],
    ...differences.map((difference) => `after its downgrade: ${difference}`),
    ...lost.map((loss) => `lost with its downgrade: ${lossText(loss)}`),
  ];
}

/** A step that failed, and which one it was. */
export interface NamedFailure {
  /** `it fails`, `its downgrade fails`, `up once more, it fails`. */
  readonly what: string;
  readonly failure: StepFailure;
}

/** The steps of a revision that failed; a downgrade that is not there, or refuses, is a fact. */
export function failuresOf({ failure, downgrade, again }: RehearsedRevision): NamedFailure[] {
  const back = downgrade.verdict === "none" ? null : downgrade.failure;
  return [
    ...failure ? [{ what: "it fails", failure }] : [],
    ...back ? [{ what: "its downgrade fails", failure: back }] : [],
    ...again?.failure ? [{ what: "up once more, it fails", failure: again.failure }] : [],
  ];
}

/** The failed steps that no finding tells of. */
export function untoldFailures(revision: RehearsedRevision): NamedFailure[] {
  return failuresOf(revision)
    .filter(({ failure }) => !revision.findings.some((finding) => tells(finding, failure)));
}

/** The failed step that a finding tells of, so that its details can stand there. */
export function failureBehind(
  finding: Finding,
  revision: RehearsedRevision,
): StepFailure | undefined {
  return failuresOf(revision).map(({ failure }) => failure)
    .find((failure) => tells(finding, failure));
}

function tells({ text }: Finding, { message }: StepFailure): boolean {
  return message.trim() !== "" && text.includes(message.trim());
}

/** Whether there is more to read of a revision than its line. */
export function isTelling(revision: RehearsedRevision): boolean {
  const { lost, findings, downgrade, again, upgrade } = revision;
  return failuresOf(revision).length > 0 || lost.length > 0 || findings.length > 0 ||
    DOWNGRADE_SENTENCE[downgrade.verdict] !== undefined || again?.same === false ||
    upgrade !== null && (rewritten(upgrade).length > 0 || upgrade.committedInside);
}
