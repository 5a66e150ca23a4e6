import { size } from "../../../core/sizes.ts";
import { lossText } from "../../../reports/data_loss.ts";
import type { DataLoss, TableChange } from "../../../reports/rehearsal.ts";
import { brief } from "./brief.ts";
import { changeRows } from "./fixes/rows.ts";
import { listed, number, rows } from "./numbers.ts";
import { type Draft, isEmptied, type Scene, type Sent } from "./scene.ts";
import { means, partsOf, type SqlName } from "./sql/names.ts";

/** Data that the upgrade took away, and that its downgrade does not bring back. */
export function judgeLoss(scene: Scene): Draft[] {
  const lost = lostForGood(scene);
  const gone = lost.filter(({ what }) => what !== "values" && what !== "sequence");
  // Whoever inserts before the downgrade meets values that are taken: it makes no good.
  const setBack = scene.revision.lost.filter(({ what }) => what === "sequence");
  const retyped = lost.filter((one) => one.what === "values" && retyper(scene, one));
  const drafts: Draft[] = [];
  if (gone.length > 0) drafts.push(lossDraft(scene, gone));
  if (setBack.length > 0) drafts.push(setBackDraft(scene, setBack));
  if (retyped.length > 0) drafts.push(retypeDraft(scene, retyped));
  return drafts;
}

/** What the upgrade took away for good: a downgrade that brings it back shows that it only moved. */
export function lostForGood({ revision }: Scene): DataLoss[] {
  const { verdict, lost } = revision.downgrade;
  const real = revision.lost.filter(({ rows }) => rows > 0);
  if (["fails", "none", "not-tried"].includes(verdict)) return real;
  return real.filter((one) =>
    lost.some(({ table, column }) =>
      table === one.table && (column === null || one.column === null || column === one.column)
    )
  );
}

/** Whether a loss is told of the upgrade: values that an UPDATE changed are so on purpose. */
export function isTold(scene: Scene, loss: DataLoss): boolean {
  return loss.what !== "values" || retyper(scene, loss) !== undefined;
}

/** Rows that one transaction updates or deletes: it holds each of them until its end. */
export function judgeRows(scene: Scene): Draft[] {
  return scene.step.tables.filter(({ table }) => !isEmptied(scene, table)).map((table) => {
    const by = changers(scene, table);
    const many = inOneTransaction(table, by);
    const verb = table.deleted > table.updated ? "deleted" : "updated";
    const main = by.toSorted((a, b) => b.rows - a.rows)[0];
    const cause = main ? ` by ${brief(main)}` : "";
    const name = main && nameIn(main);
    return {
      rule: "many-rows" as const,
      value: many,
      text:
        `${rows(many)} of ${table.table} were ${verb} in one transaction${cause}. Whoever wants ` +
        "to write one of them waits until its end, and the old versions stay as dead rows.",
      fix: main && name ? changeRows(scene, main, name) : undefined,
      at: main,
    };
  });
}

/** The same statement, once for each row. */
export function judgeRepeats({ statements }: Scene): Draft[] {
  return statements.filter(({ count, rows }) => rows <= count).map((sent) => ({
    rule: "row-by-row" as const,
    value: sent.parsed.kind === "setting" ? 0 : sent.count,
    text: `${brief(sent)} was sent ${number(sent.count)} times, about once for each row. ` +
      "On the real database every one is a way to the server and back, under the same locks.",
    fix: "# One statement for all rows: UPDATE … FROM (VALUES …), INSERT … SELECT, or\n" +
      "# op.bulk_insert(table, rows).",
    at: sent,
  }));
}

/** Log that replicas and archives have to take, and the disk has to hold. */
export function judgeLog({ step }: Scene): Draft[] {
  return [{
    rule: "wal-over",
    value: step.walBytes,
    text:
      `It writes about ${size(step.walBytes)} of write-ahead log, which replicas and archives ` +
      "must take in and the disk must hold.",
  }];
}

function lossDraft(scene: Scene, lost: readonly DataLoss[]): Draft {
  const kept = lost.filter(({ what }) => what !== "large-objects");
  const tables = [...new Set(kept.map(({ table }) => table))];
  const by = scene.statements.find(({ words, parsed }) =>
    ["alter-table", "drop-table", "truncate", "delete", "other"].includes(parsed.kind) &&
    tables.some((table) => words.has(partsOf(table)[1]))
  );
  return {
    rule: "data-lost",
    text: `The upgrade destroys ${listed(lost.map(lossText))}, and no downgrade brings that back.`,
    fix: tables.length === 0
      ? undefined
      : "# Where it is meant: oakum upgrade --allow data-lost. To have it at hand afterwards, copy it in a\n" +
        "# revision before this one; that it goes from where it was is still to be allowed:\n" +
        tables.map((table) => keep(table, scene.revision.revision)).join("\n"),
    at: by,
  };
}

function setBackDraft({ statements }: Scene, lost: readonly DataLoss[]): Draft {
  return {
    rule: "data-lost",
    text: `The upgrade sets back ${listed(lost.map(({ table }) => `the sequence ${table}`))}: ` +
      `${listed(lost.map(lossText))}. Where those are taken, every INSERT fails.`,
    fix: "# Let a new sequence go on where the old one was, such as:\n" +
      "# SELECT setval(pg_get_serial_sequence('<table>', '<column>'), max(<column>)) FROM <table>",
    at: statements.find(({ words }) => lost.some(({ table }) => words.has(partsOf(table)[1]))),
  };
}

function keep(table: string, revision: string): string {
  const [schema, name] = partsOf(table);
  const copy = `"${schema}"."${`${name}_before_${revision}`.slice(0, 63)}"`;
  return `op.execute('CREATE TABLE ${copy} AS TABLE "${schema}"."${name}"')`;
}

function retypeDraft(scene: Scene, lost: readonly DataLoss[]): Draft {
  const by = retyper(scene, lost[0]!);
  return {
    rule: "retype-changes",
    text:
      `${brief(by)} changes ${listed(lost.map(lossText))}: the new type does not hold what the ` +
      "old one held, and no downgrade brings that back.",
    fix: "# Look first at the rows that do not fit, and decide what becomes of them:\n" +
      lost.map((one) => misfits(one, typeIn(by, one))).join("\n"),
    at: by,
  };
}

function misfits({ table, column }: DataLoss, type: string): string {
  return `# SELECT ${column}, count(*) FROM ${table} WHERE ${column} <> ${column}::${type} GROUP BY 1`;
}

function typeIn(by: Sent | undefined, { column }: DataLoss): string {
  const actions = by?.parsed.kind === "alter-table" ? by.parsed.actions : [];
  const found = actions.find((one) => one.kind === "set-type" && one.column === column);
  return found?.kind === "set-type" ? found.type : "<new type>";
}

function retyper({ statements }: Scene, { table, column }: DataLoss): Sent | undefined {
  return statements.find(({ parsed }) =>
    parsed.kind === "alter-table" && means(parsed.table, table) &&
    parsed.actions.some((one) => one.kind === "set-type" && one.column === column)
  );
}

function changers({ statements }: Scene, { table }: TableChange): Sent[] {
  const [, bare] = partsOf(table);
  return statements.filter((sent) => {
    const name = nameIn(sent);
    return name?.name === bare && means(name, table);
  });
}

function nameIn({ parsed }: Sent): SqlName | undefined {
  return parsed.kind === "update" || parsed.kind === "delete" ? parsed.table : undefined;
}

/** The server's counter, less what statements of their own transactions changed. */
function inOneTransaction({ updated, deleted }: TableChange, by: readonly Sent[]): number {
  const own = by.filter(({ autocommit }) => autocommit);
  const batched = own.reduce((sum, { rows }) => sum + rows, 0);
  const largest = Math.max(
    0,
    ...own.map(({ rows, count }) => Math.ceil(rows / Math.max(1, count))),
  );
  return Math.max(updated + deleted - batched, largest);
}
