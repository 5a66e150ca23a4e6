import type { StepEvent } from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { Onlooker } from "../migrate/apply.ts";
import type { Sighting } from "./lock_book.ts";
import { LockObserver } from "./lock_observer.ts";

/** Of a data migration that works row by row nobody reads more. */
const MOST_ORDINARY = 10_000;

/** Keeps what is told of a move, and looks from outside where that does not tell of the locks. */
export class MoveRecord implements Onlooker, AsyncDisposable {
  readonly events: StepEvent[] = [];
  readonly #observer: LockObserver;
  #ordinary = 0;

  /** `autocommit`: the revision is known to leave its transaction. */
  constructor(sql: () => Sql, autocommit: boolean) {
    this.#observer = new LockObserver(sql);
    if (autocommit) this.#observer.start();
  }

  watch(pids: readonly number[]): void {
    this.#observer.watch(pids);
  }

  hear(event: StepEvent): void {
    const ordinary = event.event === "statement" && !event.locks?.length;
    if (!ordinary || ++this.#ordinary <= MOST_ORDINARY) this.events.push(event);
    if (leavesTransaction(event)) this.#observer.start();
  }

  /** From the beginning of the revision to its end, as the tool has it; undefined where cut off. */
  get tookMs(): number | undefined {
    const begin = this.events.find(({ event }) => event === "begin");
    const end = this.events.at(-1);
    if (!begin || (end?.event !== "result" && end?.event !== "failed")) return undefined;
    return (end.at - begin.at) * 1000;
  }

  sightings(): Promise<readonly Sighting[]> {
    return this.#observer.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#observer.end();
  }
}

function leavesTransaction(event: StepEvent): boolean {
  if (event.event === "running") return event.autocommit;
  return event.event === "statement" && event.locks === null;
}
