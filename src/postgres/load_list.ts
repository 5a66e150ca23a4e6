import { nameParts } from "./mentions.ts";

/**
 * The list of an archive's entries without what is made beforehand: extensions, what is said of them,
 * and the schemas of these names. A line is `217; 2615 16389 SCHEMA - name owner`.
 */
export function listWithout(list: string, schemas: readonly string[]): string {
  const made = new Set(schemas.flatMap((name) => schemaLine(list, name) ?? []));
  return list.split("\n").filter((line) => !EXTENSION.test(line) && !made.has(line)).join("\n");
}

/** The list without the rows of materialized views, which go by names as definitions have them. */
export function withoutRows(list: string, views: readonly string[]): string {
  const entries = views.map((view) => ` MATERIALIZED VIEW DATA ${nameParts(view).join(" ")} `);
  return list.split("\n").filter((line) => !entries.some((one) => line.includes(one))).join("\n");
}

const EXTENSION = /^\d+; \d+ \d+ (?:EXTENSION - |COMMENT - EXTENSION )/;
const SCHEMA = /^\d+; \d+ \d+ SCHEMA - /;

/** Names may hold spaces: of several lines that can be meant it is the shortest. */
function schemaLine(list: string, name: string): string | undefined {
  const lines = list.split("\n").filter((line) => {
    const start = SCHEMA.exec(line)?.[0];
    return start !== undefined && line.slice(start.length).startsWith(`${name} `);
  });
  return lines.toSorted((a, b) => a.length - b.length)[0];
}
