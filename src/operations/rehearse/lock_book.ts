import type { StepEvent } from "../../migrators/migrator.ts";
import { type HeldLock, LOCK_MODES, type LockMode } from "../../reports/rehearsal.ts";
import { endsTransaction } from "../migrate/trace.ts";
import type { CopyRelation } from "./picture.ts";
import { ownStatements, type StatementEvent } from "./statements.ts";

/** A lock that another session saw the move hold. */
export interface Sighting {
  readonly oid: number;
  /** As in pg_locks. */
  readonly mode: string;
  /** From the first to the last time that it was seen. */
  readonly atLeastMs: number;
  /** From the last look before that to the first one after. */
  readonly atMostMs: number;
}

interface Taken {
  readonly oid: number;
  readonly mode: string;
  readonly heldMs: number;
  readonly statement: StatementEvent | null;
}

/**
 * The locks that a move held on what was there before it, strongest first. Of a relation each mode
 * is told that no stronger one outlasted, since a weak lock that is held for long is in the way for
 * longer than the strong one at its end.
 */
export function heldLocks(
  events: readonly StepEvent[],
  sightings: readonly Sighting[],
  before: readonly CopyRelation[],
): HeldLock[] {
  const relations = new Map(before.map((relation) => [relation.oid, relation]));
  const own = ownStatements(events);
  const inside = takenInside(events);
  const held = [...inside, ...unseenInside(sightings, inside)].flatMap((taken): HeldLock[] => {
    const relation = relations.get(taken.oid);
    const mode = lockMode(taken.mode);
    if (!relation || relation.kind === "t" || !mode) return [];
    const at = taken.statement ? own.indexOf(taken.statement) : -1;
    return [{
      ...{ relation: relation.name, kind: KINDS[relation.kind] ?? "other", mode },
      ...{ heldMs: Math.round(taken.heldMs * 10) / 10, statement: at < 0 ? null : at },
    }];
  });
  return undominated(held.sort(byStrength));
}

/** What the tool told: a lock is held from the statement that showed it to the transaction's end. */
function takenInside(events: readonly StepEvent[]): Taken[] {
  const done: Taken[] = [];
  const open = new Map<number | null, StatementEvent[]>();
  const end = (pid: number | null, at: number) => {
    for (const statement of open.get(pid) ?? []) {
      const heldMs = (at - statement.began) * 1000;
      for (const { oid, mode } of statement.locks ?? []) {
        done.push({ oid, mode, heldMs, statement });
      }
    }
    open.delete(pid);
  };
  for (const event of events) {
    if (event.event === "commit" || event.event === "rollback") end(event.pid, event.at);
    if (event.event !== "statement") continue;
    if (event.locks && event.locks.length > 0) {
      open.set(event.pid, [...open.get(event.pid) ?? [], event]);
    }
    if (endsTransaction(event.sql)) end(event.pid, event.began + event.ms / 1000);
  }
  for (const pid of [...open.keys()]) end(pid, events.at(-1)?.at ?? 0);
  return done;
}

/** What only was seen from outside, or was there for longer than anything that was told. */
function unseenInside(sightings: readonly Sighting[], inside: readonly Taken[]): Taken[] {
  return sightings
    .filter(({ oid, mode, atLeastMs }) =>
      !inside.some((one) => one.oid === oid && one.mode === mode && one.heldMs >= atLeastMs)
    )
    .map(({ oid, mode, atMostMs }) => ({ oid, mode, heldMs: atMostMs, statement: null }));
}

/** Of a list with the strongest first, those that outlast all the stronger ones of their relation. */
function undominated(sorted: readonly HeldLock[]): HeldLock[] {
  const longest = new Map<string, number>();
  return sorted.filter(({ relation, heldMs }) => {
    const outlasts = heldMs > (longest.get(relation) ?? -1);
    if (outlasts) longest.set(relation, heldMs);
    return outlasts;
  });
}

/** `AccessExclusiveLock` as `ACCESS EXCLUSIVE`; undefined for modes that nobody needs to know of. */
function lockMode(name: string): LockMode | undefined {
  const words = name.replace(/Lock$/, "").replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
  return LOCK_MODES.slice(WEAKEST).find((mode) => mode === words);
}

/** The first mode that is in the way of more than changes of the schema. */
const WEAKEST = LOCK_MODES.indexOf("SHARE UPDATE EXCLUSIVE");

/** The server tells locks in no order: what is alike goes by its name. */
function byStrength(a: HeldLock, b: HeldLock): number {
  return strength(b) - strength(a) || b.heldMs - a.heldMs ||
    Number(a.relation > b.relation) - Number(a.relation < b.relation);
}

function strength({ mode }: HeldLock): number {
  return LOCK_MODES.indexOf(mode);
}

const KINDS: Readonly<Record<string, HeldLock["kind"]>> = {
  ...{ r: "table", p: "table", f: "table", i: "index", I: "index", v: "view", m: "view" },
  S: "sequence",
};
