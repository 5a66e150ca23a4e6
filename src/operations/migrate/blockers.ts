import type { Emit } from "../../core/events.ts";
import { duration } from "../../core/time.ts";
import type { Sql } from "../../postgres/connection.ts";

/** What a step waits for; never its query, which may hold people's data. */
export interface Blocker {
  /** 0 for a prepared transaction, which has no process any more. */
  readonly pid: number;
  readonly application: string;
  readonly user: string;
  readonly state: string;
  /** Milliseconds since its transaction began. */
  readonly forMs: number;
}

const LOOK_EVERY_MS = 400;

/** Watches who holds up the app's session while a step runs, from a connection of its own. */
export class BlockerWatch implements AsyncDisposable {
  readonly #seen = new Map<string, Blocker>();
  readonly #everyMs: number;
  #pids: readonly number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();

  /** Looks several times within `lockTimeoutMs`, the time after which a step gives up. */
  constructor(private readonly sql: Sql, private readonly emit: Emit, lockTimeoutMs: number) {
    this.#everyMs = Math.min(LOOK_EVERY_MS, Math.max(50, lockTimeoutMs / 4));
    this.#next();
  }

  /** The backends that the step works in. */
  watch(pids: readonly number[]): void {
    this.#pids = pids;
  }

  /** Everyone that was waited for, the last one first. */
  get blockers(): readonly Blocker[] {
    return [...this.#seen.values()].reverse();
  }

  #next(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().catch(() => {}).then(() => {
        if (this.#timer !== undefined) this.#next();
      });
    }, this.#everyMs);
  }

  async #look(): Promise<void> {
    if (this.#pids.length === 0) return;
    const rows = await this.sql<Blocker[]>`
      with blocking as (
        select distinct unnest(pg_blocking_pids(p)) as pid
        from unnest(${this.#pids as number[]}::int[]) p)
      select pid, application_name as application, coalesce(usename, backend_type) as user,
        coalesce(state, '') as state,
        extract(epoch from clock_timestamp() - coalesce(xact_start, backend_start))::float8 * 1000
          as "forMs"
      from pg_stat_activity where pid in (select pid from blocking)
      union all
      select 0, gid, owner, '', extract(epoch from clock_timestamp() - prepared)::float8 * 1000
      from pg_prepared_xacts
      where database = current_database() and 0 in (select pid from blocking)`;
    for (const blocker of rows) {
      const key = `${blocker.pid} ${blocker.application}`;
      const known = this.#seen.delete(key);
      this.#seen.set(key, blocker);
      if (!known) this.emit({ type: "note", text: `Waiting for ${blockerText(blocker)}` });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }
}

/** A blocker in words, such as `server process 812 (psql, user shop, idle in transaction, 40 s)`. */
export function blockerText({ pid, application, user, state, forMs }: Blocker): string {
  if (pid === 0) return `prepared transaction "${application}" (user ${user}, ${duration(forMs)})`;
  const who = [application, `user ${user}`, state, duration(forMs)].filter((part) => part !== "");
  return `server process ${pid} (${who.join(", ")})`;
}
