import type { FingerprintRow } from "../../../backups/manifest.ts";
import { type Scene, wasThere } from "./scene.ts";
import { partsOf, type SqlName } from "./sql/names.ts";
import type { Parsed } from "./sql/statement.ts";

/** The tables that a revision changes and that were there before, those that belong together as one. */
export function groupsOf(scene: Scene): string[][] {
  const names = new Map(scene.statements.flatMap(({ parsed }) => namesIn(parsed)));
  const tables = [...names.values()].filter((name) => wasThere(scene, name));
  let groups = [...new Set(tables.map(({ name }) => name))].map((name) => [name]);
  for (const link of linksOf(scene, new Set(groups.flat()))) {
    const joined = groups.filter((group) => group.some((name) => link.includes(name)));
    if (joined.length < 2) continue;
    groups = [joined.flat(), ...groups.filter((group) => !joined.includes(group))];
  }
  return groups;
}

function namesIn(parsed: Parsed): (readonly [string, SqlName])[] {
  const names = "tables" in parsed ? parsed.tables : "table" in parsed ? [parsed.table] : [];
  return names.map((name) => [name.text, name]);
}

/** What belongs together: a foreign key joins it, before or after, or one statement speaks of both. */
function linksOf(
  { context, statements }: Scene,
  tables: ReadonlySet<string>,
): readonly (readonly string[])[] {
  const keys = [...context.before, ...context.after].flatMap(keyLink);
  const spoken = statements.map(({ words }) => [...words.intersection(tables)]);
  return [...keys, ...spoken];
}

function keyLink([kind, ident, definition]: FingerprintRow): string[][] {
  if (kind !== "constraint" || !definition.startsWith("f ")) return [];
  const [, from] = / on (.+)$/s.exec(ident) ?? [];
  const [, to] = / REFERENCES (.+?)\(/s.exec(definition) ?? [];
  return from === undefined || to === undefined ? [] : [[partsOf(from)[1], partsOf(to)[1]]];
}
