import type { Finding, RehearsedRevision } from "../../../reports/rehearsal.ts";
import { judgeLog, judgeLoss, judgeRepeats, judgeRows } from "./data.ts";
import { judgeDowngrade } from "./downgrades.ts";
import { judgeFailure } from "./failures.ts";
import {
  judgeAtomicity,
  judgeBreadth,
  judgeDocstring,
  judgeForeignKeys,
  judgeIndexes,
} from "./habits.ts";
import { judgeLocks, judgeOrder, judgeRewrites } from "./locks.ts";
import { judgeNames } from "./renames.ts";
import { judgeRequired } from "./required.ts";
import { type Draft, type RuleContext, type Scene, sceneOf } from "./scene.ts";
import { levelAt, type RuleSettings } from "./settings.ts";
import { RULES } from "./table.ts";
import { judgeDrift, judgeHeads, judgeSequence, judgeTrials, type WholeContext } from "./whole.ts";

const OF_REVISIONS: readonly ((scene: Scene) => Draft[])[] = [
  judgeFailure,
  judgeLoss,
  judgeLocks,
  judgeRewrites,
  judgeOrder,
  judgeRows,
  judgeRepeats,
  judgeLog,
  judgeIndexes,
  judgeAtomicity,
  judgeNames,
  judgeRequired,
  judgeForeignKeys,
  judgeDowngrade,
  judgeBreadth,
  judgeDocstring,
];

/** Of an upgrade that failed only what is left of it counts: it will be another one. */
const OF_FAILED = [judgeFailure, judgeLoss, judgeIndexes, judgeAtomicity, judgeDocstring] as const;

const OF_THE_WHOLE = [judgeHeads, judgeSequence, judgeDrift, judgeTrials] as const;

/** What the rules say to one revision, in the order of their table. */
export function judgeRevision(revision: RehearsedRevision, context: RuleContext): Finding[] {
  const scene = sceneOf(revision, context);
  const judges = revision.failure ? OF_FAILED : OF_REVISIONS;
  const drafts = judges.flatMap((judge) => judge(scene));
  return findingsOf(drafts, context, { id: revision.revision, file: revision.file });
}

/** What the rules say to a rehearsal beside what they say to each revision. */
export function judgeWhole(context: WholeContext): Finding[] {
  return findingsOf(OF_THE_WHOLE.flatMap((judge) => judge(context)), context, undefined);
}

function findingsOf(
  drafts: readonly Draft[],
  { settings, allowed }: { settings: RuleSettings; allowed: ReadonlySet<string> },
  revision: { readonly id: string; readonly file: string } | undefined,
): Finding[] {
  const found = drafts.flatMap((draft) => {
    const level = levelAt(settings, draft.rule, draft.value ?? Infinity);
    return level === null ? [] : [{ draft, level }];
  });
  const dearest = found.filter(({ draft, level }, i) =>
    draft.cause === undefined || !found.some((other, k) =>
      other.draft.cause === draft.cause &&
      (other.level === level ? k < i : other.level === "fail")
    )
  );
  return dearest
    .toSorted((a, b) => ORDER.indexOf(a.draft.rule) - ORDER.indexOf(b.draft.rule))
    .map(({ draft: { rule, text, fix, at }, level }) => ({
      ...{ rule, level, allowed: allowed.has(rule), text, fix: fix ?? null },
      revision: revision?.id ?? null,
      file: at?.file ?? revision?.file ?? null,
      line: at?.file == null ? null : at.line,
    }));
}

const ORDER = RULES.map(({ id }) => id);
