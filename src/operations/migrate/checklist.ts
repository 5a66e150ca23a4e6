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
import type { DowngradeVerdict, RehearsalReport } from "../../reports/rehearsal.ts";
import { cameThrough } from "../../reports/rehearsal_verdict.ts";
import { type Expected, needText } from "./guarded/expected.ts";
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

const NOT_REHEARSED = "not known without a rehearsal";

function rehearsed({ rehearsal, whyNone, now }: ChecklistFacts): ChecklistItem {
  const text = "rehearsal on a copy of the data";
  if (!rehearsal) return item("rehearsed", text, false, bare(whyNone));
  const { takenAt, name } = rehearsal.data;
  const data = takenAt === null ? name : `data of ${ago(new Date(takenAt), now)} (${name})`;
  return item("rehearsed", text, true, `${ago(new Date(rehearsal.rehearsedAt), now)}, on ${data}`);
}

function findings({ judged, rehearsal }: ChecklistFacts): ChecklistItem {
  const text = "what the rehearsal found";
  if (!judged) return item("findings", text, "unknown", NOT_REHEARSED);
  const { stopping, allowed, warnings } = judged;
  const named = (title: string, list: typeof stopping) =>
    list.length === 0 ? [] : [`${title} ${[...new Set(list.map(({ rule }) => rule))].join(", ")}`];
  const failed = rehearsal?.revisions.find((revision) => !cameThrough(revision));
  const said = [
    ...failed ? [`${failed.revision} ${failed.failure ? "fails" : "was not reached"}`] : [],
    ...named("the upgrade stops at", stopping),
    ...named("allowed by name:", allowed),
    ...named("it warns of", warnings),
  ];
  return item("findings", text, said.length === 0, said.join("; ") || "nothing against it");
}

function downgrades({ rehearsal, upgrade: { onFailure } }: ChecklistFacts): ChecklistItem {
  const text = "downgrades";
  if (!rehearsal) return item("downgrades", text, "unknown", NOT_REHEARSED);
  const { revisions } = rehearsal;
  const of = (wanted: (verdict: DowngradeVerdict) => boolean) =>
    revisions.filter(({ downgrade: { verdict } }) => wanted(verdict));
  const others = of((verdict) => !LOSES_NOTHING.includes(verdict));
  const moved = of((verdict) => verdict === "cosmetic").map(({ revision }) => revision);
  const order = moved.length > 0
    ? [`that of ${moved.join(", ")} brings back all but the order of columns`]
    : [];
  if (others.length === 0) {
    return item("downgrades", text, true, ["each is proved to lose nothing", ...order].join("; "));
  }
  const named = others.map(({ revision, downgrade: { verdict } }) =>
    `that of ${revision} ${DOWNGRADES[verdict]}`
  );
  const stays = "--on-failure downgrade does not go back over that";
  const detail = [...named, ...order, ...onFailure === "downgrade" ? [stays] : []].join("; ");
  return item("downgrades", text, false, detail);
}

const LOSES_NOTHING: readonly DowngradeVerdict[] = ["lossless", "cosmetic"];

const DOWNGRADES: Readonly<Record<DowngradeVerdict, string>> = {
  lossless: "loses nothing",
  cosmetic: "loses nothing",
  differs: "leaves another schema than before",
  lossy: "does not bring all data back",
  fails: "fails",
  none: "is missing, or refuses",
  "not-tried": "was not tried",
};

function backup({ plan, verify }: ChecklistFacts): ChecklistItem {
  const text = "backup right before it";
  if (!plan.backup.taken || !verify) return item("backup", text, false, bare(plan.backup.why));
  return item("backup", text, verify !== "none", PROOFS[verify]);
}

/** A restore would prove more, and take longer than what it is taken before. */
const PROOFS: Readonly<Record<VerifyLevel, string>> = {
  restore: "will be taken and read back whole, but not restored for a proof",
  read: "will be taken and read back whole, but not restored for a proof",
  none: "will be taken, but not read back: backups.verify is none",
};

function tests({ rehearsal }: ChecklistFacts): ChecklistItem {
  const text = "the app's tests on the new schema";
  const trials = rehearsal?.trials ?? [];
  if (trials.length === 0) return item("tests", text, "unknown", "none are set: rehearsal.run");
  const failed = trials.filter(({ ok }) => !ok);
  const named = (failed.length > 0 ? failed : trials).map(({ command }) => command).join(", ");
  const ended = failed.length > 0 ? "failed" : "passed";
  return item("tests", text, failed.length === 0, `${ended}: ${named}`);
}

function drift({ rehearsal }: ChecklistFacts): ChecklistItem {
  const text = "the app's models against the new schema";
  const found = rehearsal?.drift;
  if (!found) return item("drift", text, "unknown", rehearsal ? "not compared" : NOT_REHEARSED);
  if (found.unknown !== null) return item("drift", text, "unknown", found.unknown);
  const differences = found.fresh.slice(0, 3).join("; ");
  const ends = found.known.length > 0 ? "no other difference than before" : "no difference";
  return item(
    "drift",
    text,
    found.fresh.length === 0,
    differences ? `they differ: ${differences}` : ends,
  );
}

function took({ expected }: ChecklistFacts): ChecklistItem {
  const text = "how long it takes";
  if (!expected) return item("time", text, "unknown", NOT_REHEARSED);
  const { tookMs, walBytes, grewBytes } = expected;
  const grows = grewBytes > 0 ? `, the database grows by ${size(grewBytes)}` : "";
  return item("time", text, true, `about ${duration(tookMs)}, ${size(walBytes)} of log${grows}`);
}

function disk({ expected, room }: ChecklistFacts): ChecklistItem {
  const text = "room on the server's disk";
  if (!expected) return item("disk", text, "unknown", NOT_REHEARSED);
  if (!room) return item("disk", text, "unknown", "it could not be measured");
  const detail = room.map((verdict) =>
    `at ${verdict.path} it needs ${needText(verdict)}, and ${
      size(Math.max(0, verdict.free))
    } are free`
  );
  return item("disk", text, room.every(({ enough }) => enough), detail.join(", "));
}

function heads({ heads }: ChecklistFacts): ChecklistItem {
  const [only, ...more] = heads;
  const one = only !== undefined && more.length === 0;
  return item("heads", one ? "head of the project" : "heads of the project", one, heads.join(", "));
}

function image({ upgrade: { image, runs, container } }: ChecklistFacts): ChecklistItem {
  const text = "image of these revisions";
  const same = image.id === runs.id;
  const other = `${image.name}, and ${container.name} still runs ${shortId(runs.id)}`;
  return item("image", text, same, same ? `${image.name}, which ${container.name} runs` : other);
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
