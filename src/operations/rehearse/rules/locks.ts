import { size } from "../../../core/sizes.ts";
import { duration } from "../../../core/time.ts";
import type { HeldLock, LockMode } from "../../../reports/rehearsal.ts";
import { brief } from "./brief.ts";
import { split } from "./fixes/split.ts";
import { fixOfWork } from "./fixes/work.ts";
import { listed, rows } from "./numbers.ts";
import { type Draft, isEmptied, type Scene, type Sent } from "./scene.ts";
import { means } from "./sql/names.ts";
import type { RuleId } from "./table.ts";
import { type Work, workOf } from "./work.ts";

const READERS: readonly LockMode[] = ["ACCESS EXCLUSIVE"];
const WRITERS: readonly LockMode[] = ["SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE"];

/** What one statement locked in one mode, and what was worked on until the transaction ended. */
interface Group {
  readonly mode: LockMode;
  readonly by: Sent | undefined;
  readonly relations: readonly string[];
  readonly heldMs: number;
  readonly work: readonly Work[];
}

/** Locks that keep others out: for how much work, and for how long. */
export function judgeLocks(scene: Scene): Draft[] {
  return groupsOf(scene).flatMap((group) => [...underWork(scene, group), ...forLong(scene, group)]);
}

/** Large tables written anew by a statement that is not known to have locked them. */
export function judgeRewrites(scene: Scene): Draft[] {
  const told = groupsOf(scene).flatMap(({ work }) => work.map(({ table }) => table?.table));
  return scene.step.tables
    .filter(({ table, rewritten, dropped }) =>
      rewritten && !dropped && !told.includes(table) && !isEmptied(scene, table)
    )
    .map(({ table, rows: many, bytes }) => ({
      rule: "rewrite-over" as const,
      value: bytes,
      text:
        `The ${rows(many)} of ${table} were written anew (${size(bytes)}) on the copy, under a ` +
        "lock that blocks reads and writes.",
    }));
}

/** Tables locked against readers one after the other: two such transactions can wait in a circle. */
export function judgeOrder(scene: Scene): Draft[] {
  const { step, statements } = scene;
  const locks = step.locks.filter(({ mode, kind, statement }) =>
    READERS.includes(mode) && kind === "table" && statement !== null &&
    !statements[statement]?.autocommit
  );
  const relations = [...new Set(locks.map(({ relation }) => relation))];
  const by = new Set(locks.map(({ statement }) => statement));
  return [{
    rule: "locks-many",
    value: Math.min(relations.length, by.size),
    text: `One transaction locked ${listed(relations)} one after the other, each with ` +
      "ACCESS EXCLUSIVE and all until its end. The app may take them in another order: that is a " +
      "deadlock, and each wait for one keeps all the others closed.",
    fix: [
      "# Each lock is let go before the next is wanted: one revision for each table.",
      split(scene),
    ]
      .filter((part) => part !== undefined).join("\n"),
    at: statements[locks.at(-1)?.statement ?? -1],
  }];
}

function underWork(scene: Scene, group: Group): Draft[] {
  const total = group.work.reduce((sum, one) => sum + one.rows, 0);
  const main = group.work.toSorted((a, b) => b.rows - a.rows)[0];
  if (!main) return [];
  const own = isOwn(group, main);
  const text = `${brief(group.by ?? main.by)} held ${heldText(group)}, while ${main.text}` +
    `${own ? "" : ` by ${brief(main.by)}`}.`;
  const draft = { text, fix: fixOfWork(scene, group, main, own), at: group.by ?? main.by };
  const cause = causeOf(group, main);
  const drafts: Draft[] = rulesFor(group, main, own).map((rule) => (
    { rule, value: total, cause, ...draft }
  ));
  const large = own && main.table?.rewritten ? main.table.bytes : -1;
  return large < 0 ? drafts : [...drafts, { rule: "rewrite-over", value: large, cause, ...draft }];
}

/** The narrower rule comes first. */
function rulesFor(group: Group, { action }: Work, own: boolean): RuleId[] {
  const general = READERS.includes(group.mode) ? "blocks-reads" : "blocks-writes";
  if (!own) return [general];
  if (action?.kind === "add-column") return ["volatile-default"];
  if (action?.kind === "set-not-null") return ["not-null-scan"];
  if (action?.kind === "add-check" || action?.kind === "add-foreign-key") {
    return ["constraint-scan"];
  }
  return [general];
}

function forLong(scene: Scene, group: Group): Draft[] {
  const main = group.work.toSorted((a, b) => b.rows - a.rows)[0];
  return [{
    rule: "long-lock",
    value: group.heldMs,
    text: `${brief(group.by)} held ${heldText(group)}.`,
    fix: fixOfWork(scene, group, main, main !== undefined && isOwn(group, main)),
    at: group.by,
    cause: causeOf(group, main),
  }];
}

/** What blocks and what works is one statement, on one table. */
function isOwn({ by, relations }: Group, main: Work): boolean {
  return by === main.by && main.table !== undefined && relations.includes(main.table.table);
}

function causeOf({ by, mode, relations }: Group, main: Work | undefined): string {
  return `lock ${by?.index ?? `${mode} ${relations.join()}`} ${main?.by.index}`;
}

function heldText({ mode, relations, heldMs }: Group): string {
  const blocked = READERS.includes(mode) ? "reads and writes" : "writes";
  return `${mode} on ${listed(relations)} for ${
    duration(heldMs)
  } on the copy, which blocks ${blocked}`;
}

function groupsOf(scene: Scene): Group[] {
  const strong = scene.step.locks.filter(({ kind, mode }) =>
    // REFRESH MATERIALIZED VIEW keeps out those who read it; nobody else writes it.
    READERS.includes(mode)
      ? ["table", "view"].includes(kind)
      : WRITERS.includes(mode) && kind === "table"
  );
  const works = scene.statements.map((sent) => workOf(scene, sent));
  const grouped = Map.groupBy(strong, ({ mode, statement }) => `${mode} ${statement}`);
  return [...grouped.values()].flatMap((locks) => {
    const first = locks[0]!;
    const by = takerOf(scene, first);
    return [{
      mode: first.mode,
      by,
      relations: [...new Set(locks.map(({ relation }) => relation))],
      heldMs: Math.max(...locks.map(({ heldMs }) => heldMs)),
      work: until(scene, by).flatMap(({ index }) => works[index] ?? []),
    }];
  });
}

/** Where a lock was only seen from outside: the first statement that speaks of its table. */
function takerOf({ statements }: Scene, { statement, relation }: HeldLock): Sent | undefined {
  if (statement !== null) return statements[statement];
  return statements.find(({ parsed }) => "table" in parsed && means(parsed.table, relation));
}

/** From the statement that took a lock to the last one of its transaction. */
function until({ statements }: Scene, by: Sent | undefined): readonly Sent[] {
  if (!by) return [];
  if (by.autocommit) return [by];
  const later = statements.slice(by.index);
  const end = later.findIndex(({ autocommit }) => autocommit);
  return end < 0 ? later : later.slice(0, end);
}
