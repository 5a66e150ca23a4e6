import type { Touched } from "./replies.ts";
import type { Revision } from "./revisions.ts";

/** What one branch does to a table. */
export interface BranchTouch {
  /** The branch's head. */
  readonly head: string;
  readonly revision: string;
  readonly verb: Touched["verb"];
  /** It was read from SQL, of which only the first words are understood. */
  readonly sql: boolean;
}

/** A table that two branches touch. */
export interface BranchConflict {
  /** `clash`: not both can be applied, or the order decides; `shared`: the same table, no more. */
  readonly level: "clash" | "shared";
  readonly table: string;
  /** Null where the table as a whole is meant. */
  readonly column: string | null;
  readonly sides: readonly [BranchTouch, BranchTouch];
}

/** A branch with the revisions that are its own. */
export interface OwnRevisions {
  readonly head: string;
  readonly revisions: readonly Revision[];
}

/** Tables and columns that two branches touch, branch by branch; what both have is no conflict. */
export function conflictsOf(branches: readonly OwnRevisions[]): readonly BranchConflict[] {
  return branches.flatMap((one, at) =>
    branches.slice(at + 1).flatMap((other) => {
      const [left, right] = [touchesOf(one, other), touchesOf(other, one)];
      const tables = [...new Set(left.map(({ table }) => table))].sort();
      return tables.flatMap((table) => {
        const on = (touches: readonly Touch[]) => touches.filter((touch) => touch.table === table);
        return conflictsOn(table, on(left), on(right));
      });
    })
  );
}

type Touch = BranchTouch & Pick<Touched, "table" | "column">;

function touchesOf({ head, revisions }: OwnRevisions, other: OwnRevisions): Touch[] {
  return revisions.filter((revision) => !other.revisions.includes(revision)).flatMap((revision) =>
    (revision.touches?.touched ?? []).map(({ table, column, verb, sql }) => {
      return { head, revision: revision.id, table: withoutDefault(table), column, verb, sql };
    })
  );
}

/** One file says `bids`, the other `public.bids`. */
function withoutDefault(table: string): string {
  return table.replace(/^public\./, "");
}

/** The dearest that can be said of one table: it as a whole, else its columns, else that both do. */
function conflictsOn(
  table: string,
  left: readonly Touch[],
  right: readonly Touch[],
): BranchConflict[] {
  const pairs = left.flatMap((one) => right.map((other) => [one, other] as const));
  const whole = pairs.find(([one, other]) => exclude(one, other));
  if (whole) return [conflict("clash", table, null, whole)];
  const columns = new Map(
    pairs.filter(([one, other]) => one.column !== null && one.column === other.column)
      .toReversed().map((pair) => [pair[0].column, pair]),
  );
  if (columns.size > 0) {
    return [...columns].toReversed().map(([column, pair]) =>
      conflict("clash", table, column, pair)
    );
  }
  return pairs.slice(0, 1).map((pair) => conflict("shared", table, null, pair));
}

/** Whether one takes away or makes the table that the other one needs, or makes too. */
function exclude({ verb: one }: Touch, { verb: other }: Touch): boolean {
  const ends = (verb: Touched["verb"]) => verb === "drop" || verb === "rename";
  if (one === "create" || other === "create") return one === other;
  return ends(one) || ends(other);
}

function conflict(
  level: BranchConflict["level"],
  table: string,
  column: string | null,
  [one, other]: readonly [Touch, Touch],
): BranchConflict {
  return { level, table, column, sides: [side(one), side(other)] };
}

function side({ head, revision, verb, sql }: Touch): BranchTouch {
  return { head, revision, verb, sql };
}

/** A conflict as a sentence. */
export function conflictText({ level, table, column, sides }: BranchConflict): string {
  const [one, other] = sides;
  const guess = one.sql || other.sql ? ", as far as their SQL tells" : "";
  if (level === "shared") {
    return `Both branches touch table ${table}: ${one.revision} and ${other.revision}${guess}.`;
  }
  const what = column === null ? `Table ${table}` : `Column ${table}.${column}`;
  const [done, doneThere] = [doneTo(column, one), doneTo(column, other)];
  const by = done === doneThere
    ? `${done} by both ${one.revision} and ${other.revision}`
    : `${done} by ${one.revision} and ${doneThere} by ${other.revision}`;
  return `${what} is ${by}${guess}.`;
}

/** Who adds a column changes the table. */
function doneTo(column: string | null, { verb }: BranchTouch): string {
  return column === null && verb.endsWith(" column") ? "changed" : DONE[verb];
}

const DONE: Readonly<Record<Touched["verb"], string>> = {
  "create": "created",
  "drop": "dropped",
  "rename": "renamed",
  "change": "changed",
  "index": "changed",
  "constraint": "changed",
  "comment": "changed",
  "rows": "written to",
  "add column": "added",
  "drop column": "dropped",
  "change column": "changed",
};
