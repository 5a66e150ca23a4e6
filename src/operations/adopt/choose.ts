import { OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import { type BuiltDatabase, countRows } from "../../postgres/foreign_databases.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { LeftDatabase } from "../../reports/adopt.ts";

/** What the choice is made by. */
export interface Choice {
  readonly path: string;
  /** The target's database. */
  readonly wanted: string;
  /** The database that a script without one of its own was loaded into. */
  readonly home: string;
  /** The one that a person names. */
  readonly fromDatabase?: string | undefined;
  /** Whether one that the file calls otherwise may be the target's, where it is the only one. */
  readonly otherName?: boolean | undefined;
  /** Whether the file itself makes or names a database as the target's is called. */
  readonly namesWanted: boolean;
}

/**
 * The database that a file holds for the target: the one that a person names, else the one of the
 * target's name, else what was loaded without a name. The only one of a file, whatever it is called,
 * is taken where that is allowed, and nothing in the file is the target's.
 */
export function chooseBuilt(
  built: readonly BuiltDatabase[],
  { path, wanted, home, fromDatabase, otherName, namesWanted }: Choice,
): BuiltDatabase {
  const find = (name: string) => built.find((one) => one.name === name);
  const others = built.filter(({ name }) => name !== home).map(({ name }) => name);
  if (fromDatabase !== undefined) {
    return find(fromDatabase) ?? refuseNamed(path, fromDatabase, others);
  }
  const chosen = find(wanted) ?? (others.length === 0 ? find(home) : undefined);
  if (chosen) return chosen;
  if (otherName && !namesWanted && built.length === 1) return built[0]!;
  if (built.length === 0) {
    throw new OakumError("foreign-dump-empty", "refused", `"${path}" built no table.`, {
      hint: "Is it a dump of data only, or of roles only? It cannot be restored by itself.",
      data: { path },
    });
  }
  throw refuseOthers(path, wanted, others, built);
}

function refuseNamed(path: string, name: string, others: readonly string[]): never {
  const has = others.length > 0
    ? `it has ${others.map(quoted).join(", ")}`
    : "it names no database";
  throw new OakumError(
    "foreign-dump-several",
    "refused",
    `"${path}" has no database "${name}" with tables: ${has}.`,
    {
      hint: others.length > 0
        ? `Name one of them: oakum adopt --from-database ${shellWord(others[0]!)} ${
          shellWord(path)
        }`
        : "Leave --from-database out: all of it is one database.",
      data: { path, databases: others },
    },
  );
}

function refuseOthers(
  path: string,
  wanted: string,
  others: readonly string[],
  built: readonly BuiltDatabase[],
): OakumError {
  const names = others.map(quoted).join(", ");
  return new OakumError(
    "foreign-dump-several",
    "refused",
    others.length === 1
      ? `"${path}" is of a database ${names}, and has no table for "${wanted}".`
      : `"${path}" built several databases, none of them called "${wanted}": ${names}.`,
    {
      hint: "Name the one that it is to be restored from: " +
        `oakum adopt --from-database ${shellWord(others[0]!)} ${shellWord(path)}`,
      data: { path, built },
    },
  );
}

function quoted(name: string): string {
  return `"${name}"`;
}

/** What else a file holds, which does not go into the backup. */
export async function leftOver(
  session: ServerSession,
  built: readonly BuiltDatabase[],
  chosen: BuiltDatabase,
): Promise<LeftDatabase[]> {
  const left: LeftDatabase[] = [];
  for (const { name, tables } of built) {
    if (name !== chosen.name) left.push({ name, tables, rows: await countRows(session, name) });
  }
  return left;
}
