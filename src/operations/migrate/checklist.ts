import type { VerifyLevel } from "../../config/levels.ts";
import { size } from "../../core/sizes.ts";
import { ago, duration } from "../../core/time.ts";
import { shortId } from "../../docker/short_id.ts";
import type { RoomVerdict } from "../../postgres/space.ts";
import {
  type Checklist,
  type ChecklistItem,
  type ChecklistState,
  OPEN_ITEMS,
  type RollbackStep,
} from "../../reports/checklist.ts";
import type { MigrationPlan } from "../../reports/migration.ts";
import type { RehearsalReport } from "../../reports/rehearsal.ts";
import { cameThrough } from "../../reports/rehearsal_verdict.ts";
import type { Expected } from "./guarded/expected.ts";
import type { JudgedFindings } from "./guarded/findings.ts";
import type { UpgradeRequest } from "./guarded/request.ts";

/** What the checklist is answered from. */
export interface ChecklistFacts {
  readonly plan: MigrationPlan;
  readonly upgrade: UpgradeRequest;
  /** How far the backup that is taken is proved; undefined where none is. */
  readonly verify: VerifyLevel | undefined;
  /** How many heads the project has. */
  readonly heads: readonly string[];
  readonly rehearsal: RehearsalReport | undefined;
  /** Why there is no rehearsal, as a sentence. */
  readonly whyNone: string;
  readonly judged: JudgedFindings | undefined;
  readonly expected: Expected | undefined;
  /** Undefined where nobody may know. */
  readonly room: readonly RoomVerdict[] | undefined;
  readonly now: Date;
}

/** The deployment checklist, each line answered from facts, and the way back. */
export function fillChecklist(facts: ChecklistFacts): Checklist {
  const items = [
    rehearsed(facts),
    findings(facts),
    downgrades(facts),
    backup(facts),
    tests(facts),
    drift(facts),
    took(facts),
    disk(facts),
    heads(facts),
    image(facts),
  ];
  return { items: [...items, ...OPEN_ITEMS], rollback: rollback(facts) };
}

function item(
  id: string,
  text: string,
  state: ChecklistState | boolean,
  detail: string | null = null,
): ChecklistItem {
  const said = typeof state === "boolean" ? state ? "yes" : "no" : state;
  return { id, text, state: said, detail };
}

function rehearsed({ rehearsal, whyNone, now }: ChecklistFacts): ChecklistItem {
  const text = "it was rehearsed on a copy of the data";
  if (!rehearsal) return item("rehearsed", text, false, bare(whyNone));
  const { takenAt, name } = rehearsal.data;
  const data = takenAt === null ? name : `data of ${ago(new Date(takenAt), now)} (${name})`;
  return item("rehearsed", text, true, `${ago(new Date(rehearsal.rehearsedAt), now)}, on ${data}`);
}

function findings({ judged, rehearsal }: ChecklistFacts): ChecklistItem {
  const text = "the rehearsal found nothing against it";
  if (!judged) return item("findings", text, "unknown");
  const { stopping, allowed, warnings } = judged;
  const named = (title: string, list: typeof stopping) =>
    list.length === 0 ? [] : [`${title} ${[...new Set(list.map(({ rule }) => rule))].join(", ")}`];
  const failed = rehearsal?.revisions.find((revision) => !cameThrough(revision));
  const said = [
    ...failed ? [`${failed.revision} ${failed.failure ? "fails" : "was not reached"}`] : [],
    ...named("it stops at", stopping),
    ...named("allowed:", allowed),
    ...named("it warns of", warnings),
  ];
  return item("findings", text, said.length === 0, said.join("; ") || null);
}

function downgrades({ rehearsal, upgrade: { onFailure } }: ChecklistFacts): ChecklistItem {
  const text = "every downgrade is proved to lose nothing";
  if (!rehearsal) return item("downgrades", text, "unknown");
  const others = rehearsal.revisions.filter(({ downgrade }) => downgrade.verdict !== "lossless");
  const named = others.map(({ revision, downgrade: { verdict } }) => `${revision} ${verdict}`);
  const stays = "--on-failure downgrade does not go back over that";
  const detail = [named.join(", "), ...onFailure === "downgrade" ? [stays] : []].join("; ");
  return item("downgrades", text, others.length === 0, others.length === 0 ? null : detail);
}

function backup({ plan, verify }: ChecklistFacts): ChecklistItem {
  const text = "a backup is taken and proved last before it";
  if (!plan.backup.taken || !verify) return item("backup", text, false, bare(plan.backup.why));
  return item("backup", text, verify !== "none", PROOFS[verify]);
}

/** A restore would prove more, and take longer than what it is taken before. */
const PROOFS: Readonly<Record<VerifyLevel, string>> = {
  restore: "read back whole, not restored",
  read: "read back whole, not restored",
  none: "taken, but not read back: backups.verify is none",
};

function tests({ rehearsal }: ChecklistFacts): ChecklistItem {
  const text = "the app's tests pass on the new schema";
  const trials = rehearsal?.trials ?? [];
  if (trials.length === 0) return item("tests", text, "unknown", "none are set: rehearsal.run");
  const failed = trials.filter(({ ok }) => !ok);
  const named = (failed.length > 0 ? failed : trials).map(({ command }) => command).join(", ");
  return item("tests", text, failed.length === 0, named);
}

function drift({ rehearsal }: ChecklistFacts): ChecklistItem {
  const text = "the app's models are what the new schema is";
  const found = rehearsal?.drift;
  if (!found) return item("drift", text, "unknown");
  if (found.unknown !== null) return item("drift", text, "unknown", found.unknown);
  return item("drift", text, found.fresh.length === 0, found.fresh.slice(0, 3).join("; ") || null);
}

function took({ expected }: ChecklistFacts): ChecklistItem {
  const text = "how long it takes is known";
  if (!expected) return item("time", text, "unknown");
  const { tookMs, walBytes, grewBytes } = expected;
  const grows = grewBytes > 0 ? `, the database grows by ${size(grewBytes)}` : "";
  return item("time", text, true, `about ${duration(tookMs)}, ${size(walBytes)} of log${grows}`);
}

function disk({ expected, room }: ChecklistFacts): ChecklistItem {
  const text = "the server's disk holds it";
  if (!expected || !room) return item("disk", text, "unknown");
  const detail = room.map(({ path, needed, free }) =>
    `at ${path} it needs ${size(needed)}, and ${size(Math.max(0, free))} are free`
  );
  return item("disk", text, room.every(({ enough }) => enough), detail.join(", "));
}

function heads({ heads }: ChecklistFacts): ChecklistItem {
  const detail = heads.length === 1 ? null : heads.join(", ");
  return item("heads", "the project has one head", heads.length === 1, detail);
}

function image({ upgrade: { image, runs, container } }: ChecklistFacts): ChecklistItem {
  const text = "the image that runs knows the new revision";
  const detail = `${container.name} runs ${shortId(runs.id)}, and these are of ${image.name}`;
  const same = image.id === runs.id;
  return item("image", text, same, same ? null : detail);
}

function rollback({ upgrade: { runs, container }, plan }: ChecklistFacts): RollbackStep[] {
  return [
    { text: "see what either way back would lose", command: "oakum rollback --dry-run" },
    { text: "go back, where a way loses nothing", command: "oakum rollback" },
    ...plan.backup.taken
      ? [{
        text: "go back to the backup, with the loss of what was written since",
        command: "oakum rollback --via restore",
      }]
      : [],
    {
      text: `start ${container.name} with the image that runs now, ${shortId(runs.id)}`,
      command: null,
    },
  ];
}

/** A sentence as the end of another one. */
function bare(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
