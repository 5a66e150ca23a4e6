import { ident } from "./fixes/names.ts";
import { execute, revisions } from "./fixes/python.ts";
import { type Draft, type Scene, type Sent, wasThere } from "./scene.ts";
import type { Action } from "./sql/alter_table.ts";
import type { SqlName } from "./sql/names.ts";

/** Names that the running app knows, and that are no longer there. */
export function judgeNames(scene: Scene): Draft[] {
  return scene.statements.flatMap((sent) => {
    const { parsed } = sent;
    if (parsed.kind === "drop-table") {
      return parsed.tables.filter((table) => wasThere(scene, table)).map((table) =>
        dropped(`The table ${table.text}`, sent)
      );
    }
    if (parsed.kind !== "alter-table" || !wasThere(scene, parsed.table)) return [];
    return parsed.actions.flatMap((action) => judgeAction(scene, sent, parsed.table, action));
  });
}

function judgeAction(scene: Scene, sent: Sent, table: SqlName, action: Action): Draft[] {
  if (action.kind === "drop-column") {
    return isNew(scene, sent, action.column)
      ? []
      : [dropped(`The column ${table.text}.${action.column}`, sent)];
  }
  if (action.kind === "rename-column") {
    if (isNew(scene, sent, action.from) || replaces(scene, sent, action.to)) return [];
    const [from, to] = [action.from, action.to];
    return [
      renamed(`The column ${table.text}.${from} becomes ${to}`, columnFix(table, from, to), sent),
    ];
  }
  if (action.kind !== "rename-table" || keepsName(scene, sent, table)) return [];
  return [
    renamed(`The table ${table.text} becomes ${action.to}`, tableFix(table, action.to), sent),
  ];
}

/** Whether this very revision made the column. */
function isNew({ statements }: Scene, { index }: Sent, column: string): boolean {
  return statements.slice(0, index).some(({ parsed }) =>
    parsed.kind === "alter-table" &&
    parsed.actions.some((one) => one.kind === "add-column" && one.column === column)
  );
}

/** Whether the new name is one that the same revision made free: a column put in another's place. */
function replaces({ statements }: Scene, { index }: Sent, to: string): boolean {
  return statements.slice(0, index).some(({ parsed }) =>
    parsed.kind === "alter-table" &&
    parsed.actions.some((one) => one.kind === "drop-column" && one.column === to)
  );
}

/** Whether a view takes the table's old name. */
function keepsName({ statements }: Scene, { index }: Sent, { name }: SqlName): boolean {
  return statements.slice(index).some(({ sql, words }) =>
    /^\s*create\s+(or\s+replace\s+)?view\b/i.test(sql) && words.has(name)
  );
}

function renamed(what: string, fix: string, at: Sent): Draft {
  const text =
    `${what}: the app that runs now asks for the old name, and fails until the new one ` +
    "is deployed; after a rollback of the app it fails again.";
  return { rule: "renamed", text, fix, at };
}

function dropped(what: string, at: Sent): Draft {
  const text = `${what} is dropped: the app that runs now may still ask for it. Drop it once the ` +
    "version that does not is deployed everywhere.";
  return { rule: "dropped", text, at };
}

function columnFix(table: SqlName, from: string, to: string): string {
  return "# In the model alone, and leave the column as it is:\n" +
    `# ${to} = mapped_column(${JSON.stringify(from)}, …)\n` +
    "# Or in steps: add the new column, write both, copy, read the new one, drop the old one.\n" +
    execute(`ALTER TABLE ${table.text} ADD COLUMN ${ident(to)} <type of ${from}>`);
}

function tableFix(table: SqlName, to: string): string {
  const [old, fresh] = [table.text, ident(to)];
  const alter = `ALTER TABLE ${old} RENAME TO ${fresh}`;
  return revisions(
    [
      "the old name stays as a view that can be read and written",
      [execute(alter), execute(`CREATE VIEW ${old} AS SELECT * FROM ${fresh}`)].join("\n"),
    ],
    ["once no app asks for the old name", execute(`DROP VIEW ${old}`)],
  );
}
