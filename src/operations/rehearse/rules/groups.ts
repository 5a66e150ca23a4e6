import { type Scene, wasThere } from "./scene.ts";
import { partsOf, type SqlName } from "./sql/names.ts";
import { mentions, type Parsed } from "./sql/statement.ts";

/** The tables that a revision changes and that were there before, those that belong together as one. */
export function groupsOf(scene: Scene): string[][] {
  const tables = [...new Set(scene.statements.flatMap(({ parsed }) => named(scene, parsed)))];
  const groups: string[][] = [];
  for (const table of tables) {
    const near = groups.filter((group) => group.some((other) => related(scene, table, other)));
    const joined = [...near.flat(), table];
    for (const group of near) groups.splice(groups.indexOf(group), 1);
    groups.push(joined);
  }
  return groups;
}

function named(scene: Scene, parsed: Parsed): string[] {
  const names: readonly SqlName[] = "tables" in parsed
    ? parsed.tables
    : "table" in parsed
    ? [parsed.table]
    : [];
  return names.filter((name) => wasThere(scene, name)).map(({ name }) => name);
}

/** A foreign key joins them, before or after, or one statement speaks of both. */
function related({ context, statements }: Scene, one: string, other: string): boolean {
  const keys = [...context.before, ...context.after].filter(([kind, , definition]) =>
    kind === "constraint" && definition.startsWith("f ")
  );
  const joins = (from: string, to: string) =>
    keys.some(([, ident, definition]) =>
      partsOf(/ on (.+)$/s.exec(ident)?.[1] ?? "")[1] === from && mentions(definition, to)
    );
  return joins(one, other) || joins(other, one) ||
    statements.some(({ sql }) => mentions(sql, one) && mentions(sql, other));
}
