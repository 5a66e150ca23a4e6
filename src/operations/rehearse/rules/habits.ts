import { brief } from "./brief.ts";
import { concurrently } from "./fixes/constraints.ts";
import { split } from "./fixes/split.ts";
import { ident, nameFor } from "./fixes/names.ts";
import { autocommitted, execute } from "./fixes/python.ts";
import { groupsOf } from "./groups.ts";
import { listed, number, rows } from "./numbers.ts";
import { type Draft, isOn, type RuleContext, type Scene, type Sent } from "./scene.ts";
import { means, partsOf } from "./sql/names.ts";
import type { Parsed } from "./sql/statement.ts";

/** What the file does not say. */
export function judgeDocstring({ revision, context }: Scene): Draft[] {
  const doc = context.revision.doc.trim();
  if (doc !== "" && doc !== "empty message") return [];
  const text =
    "The file does not say what the revision is for: whoever reads the history, or has to " +
    "decide at night whether to undo it, sees only its id.";
  const fix = `"""add the column that the invoices need\n\nRevision ID: ${revision.revision}\n"""`;
  return [{ rule: "no-docstring", text, fix }];
}

/** Tables that have nothing to do with each other, changed in one revision. */
export function judgeBreadth(scene: Scene): Draft[] {
  const groups = groupsOf(scene);
  return [{
    rule: "many-changes",
    value: groups.length,
    text: `It changes ${number(groups.length)} things that have nothing to do with each other: ` +
      `${
        listed(groups.map((group) => listed(group, 3)))
      }. One that fails takes the others with it, ` +
      "and undoing one undoes them all.",
    fix: "# One revision for each, in the same pull request.",
  }];
}

/** Where a failure leaves half of the revision behind, and a second run stumbles over it. */
export function judgeAtomicity(scene: Scene): Draft[] {
  const { step, statements } = scene;
  const own = statements.find(({ autocommit }) => autocommit);
  const changing = statements.filter(({ parsed }) =>
    parsed.kind !== "query" && parsed.kind !== "setting"
  );
  const rigid = changing.filter((sent) => !canRunAgain(sent) && !isDroppedFirst(changing, sent));
  if (!step.committedInside || changing.length < 2 || rigid.length === 0) return [];
  const where = own ? brief(own) : "A COMMIT of its own";
  return [{
    rule: "commits-inside",
    text: `${where} commits what came before it. Where a later statement fails, that stays, the ` +
      `version table does not know, and the next run stumbles over it: ${brief(rigid[0])}.`,
    fix: [
      "# What commits by itself goes into a revision of its own, one statement each, or is written",
      "# so that it can run twice (IF EXISTS, IF NOT EXISTS).",
      ...split(scene)?.split("\n") ?? [],
    ].join("\n"),
    at: own ?? rigid[0],
  }];
}

function canRunAgain({ sql, parsed, autocommit }: Sent): boolean {
  if (/\bif\s+(?:not\s+)?exists\b|\bor\s+replace\b|\bvalidate\s+constraint\b/i.test(sql)) {
    return true;
  }
  const rows = parsed.kind === "update" || parsed.kind === "delete";
  return rows && autocommit && /\bwhere\b/i.test(sql);
}

/** What a failed build left is dropped before the index is built again. */
function isDroppedFirst(changing: readonly Sent[], { index, parsed }: Sent): boolean {
  if (parsed.kind !== "create-index" || parsed.name === undefined) return false;
  const { name } = parsed;
  return changing.some((sent) =>
    sent.index < index && /^\s*drop\s+index\b.*\bif\s+exists\b/i.test(sent.sql) &&
    sent.words.has(name.replaceAll('"', ""))
  );
}

/** Indexes that a build under CONCURRENTLY left broken. */
export function judgeIndexes(scene: Scene): Draft[] {
  const { step, statements } = scene;
  return step.indexes.filter(({ valid }) => !valid).map(({ index, table }) => {
    const [, name] = partsOf(index);
    const by = statements.find(({ parsed }) =>
      parsed.kind === "create-index" && parsed.name?.replaceAll('"', "") === name
    );
    const fix = by?.parsed.kind === "create-index"
      ? withoutTwins(by.parsed) + concurrently(by.parsed)
      : "# What kept it from being built comes first, such as values that are there twice; and let an\n" +
        "# error of the build be an error. What is left of it goes with:\n" +
        autocommitted(execute(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`));
    return {
      rule: "invalid-index" as const,
      text:
        `The index ${index} on ${table} is left invalid: every write keeps it up, and no query ` +
        "uses it.",
      fix,
      at: by,
    };
  });
}

/** Values that are there twice are why most unique builds fail, and will be again. */
function withoutTwins(
  { unique, table, body }: Extract<Parsed, { kind: "create-index" }>,
): string {
  const [, columns] = /^(?:using\s+\w+\s*)?\((.+)\)\s*$/is.exec(body) ?? [];
  if (!unique) return "";
  const rows = columns === undefined
    ? `the rows of ${table.text} that are there twice`
    : `the rows of: SELECT ${columns}, count(*) FROM ${table.text} GROUP BY ${columns} ` +
      "HAVING count(*) > 1";
  return `# First decide what becomes of ${rows}\n# Let an error of the build be an error.\n`;
}

/** Foreign keys whose columns no index begins with: each delete in the other table reads this one. */
export function judgeForeignKeys({ statements, context }: Scene): Draft[] {
  return statements.flatMap((sent) => {
    const { parsed } = sent;
    const adds = parsed.kind === "alter-table" &&
      parsed.actions.some(({ kind }) => kind === "add-foreign-key");
    if (!adds) return [];
    const [table, many] = [...context.rows].find(([name]) => means(parsed.table, name)) ?? [];
    if (table === undefined || many === undefined) return [];
    return parsed.actions.flatMap((action): Draft[] => {
      if (action.kind !== "add-foreign-key" || isIndexed(context, table, action.columns)) return [];
      const other = action.references?.text ?? "the other table";
      const name = ident(nameFor("ix", parsed.table, action.columns));
      const index = { table: parsed.table, name, unique: false, body: `(${action.columns})` };
      return [{
        rule: "fk-without-index",
        value: many,
        text: `No index of ${table} begins with ${action.columns}: each row that is deleted from ` +
          `${other}, or gets another key, reads all ${rows(many)} of it.`,
        fix: concurrently(index),
        at: sent,
      }];
    });
  });
}

function isIndexed({ after }: RuleContext, table: string, columns: string): boolean {
  const wanted = listOf(columns);
  return after.some(([kind, identity, definition]) => {
    const [, body = ""] = /USING \w+ \((.*)\)/s.exec(definition) ?? [];
    const first = listOf(body).slice(0, wanted.length);
    return kind === "index" && isOn(identity, table) && !definition.includes(" WHERE ") &&
      wanted.every((column) => first.includes(column));
  });
}

function listOf(columns: string): string[] {
  return columns.split(",").map((column) => column.trim().replaceAll('"', ""));
}
