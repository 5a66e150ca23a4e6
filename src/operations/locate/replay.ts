import { messageOf } from "../../core/errors.ts";
import { duration } from "../../core/time.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import type { Context } from "../context.ts";
import { type Picture, sameHeads, takePicture } from "../migrate/picture.ts";
import { type BothSides, readBoth } from "../migrate/read_both.ts";
import type { Reached } from "../migrate/standing.ts";
import type { Copy } from "../rehearse/copy.ts";
import { MadeFirst } from "../rehearse/made_first.ts";
import { notReached } from "../rehearse/not_reached.ts";
import type { KnownState } from "./compare.ts";

const LOCK_TIMEOUT_MS = 10_000;

/** A revision that could not be applied to the copy. */
export interface ReplayFailure {
  readonly revision: string;
  readonly message: string;
}

/** What the revisions make of an empty database, one after the other. */
export interface Replay {
  /** From the empty database on; each as it was right after its step. */
  readonly states: readonly KnownState[];
  readonly failures: readonly ReplayFailure[];
  /** Revisions that were not replayed, since others failed. */
  readonly left: readonly string[];
  /** What the copy was given beside the revisions, in sentences. */
  readonly made: readonly string[];
}

/**
 * Applies every revision to an empty copy and keeps what the schema is after each. What follows a
 * revision that fails is left out; other branches go on.
 */
export async function replay(
  context: Context,
  copy: Copy,
  real: Reached,
  timeoutMs: number,
): Promise<Replay> {
  copy.madeFirst = await MadeFirst.make(context, copy, real);
  const { service } = real.database;
  const sides = await readBoth(
    copy.sql(),
    { name: copy.database, service },
    copy.migrator,
    copy.signal,
    { sandbox: copy.sandbox.mark },
  ).catch((error) => {
    throw notReached(error, copy.app.leftOut);
  });
  const walk = new Walk(copy, sides, timeoutMs);
  const { graph } = sides.project;
  const order = graph.inOrder(new Set(graph.revisions.map(({ id }) => id)));
  for (const [done, id] of order.entries()) {
    const progress = { step: "replay", item: id, done, total: order.length, unit: "revisions" };
    context.emit({ type: "progress", ...progress });
    if (!await walk.step(id)) break;
  }
  const { states, failures, applied } = walk;
  const made = copy.madeFirst.told;
  return { states, failures, made, left: order.filter((id) => !applied.has(id)) };
}

class Walk {
  readonly applied = new Set<string>();
  readonly states: KnownState[];
  readonly failures: ReplayFailure[] = [];
  readonly #graph: RevisionGraph;
  #now: Picture;

  constructor(
    private readonly copy: Copy,
    private readonly sides: BothSides,
    private readonly timeoutMs: number,
  ) {
    this.#graph = sides.project.graph;
    this.#now = sides.picture;
    this.states = [sides.picture];
  }

  /** Applies one revision where all that it needs is applied; answers whether it can go on. */
  async step(id: string): Promise<boolean> {
    const needs = this.#graph.parents(id, "all");
    if (needs.some((parent) => !this.applied.has(parent))) return true;
    const before = this.#now;
    const thrown = await this.#apply(id).then(() => undefined, (error) => error ?? new Error(id));
    const failure = thrown === undefined ? undefined : messageOf(thrown);
    const now = await this.#look(failure !== undefined);
    const asBefore = now?.fingerprint.sha256 === before.fingerprint.sha256;
    if (thrown instanceof ProgramFailure && asBefore) {
      // A role or schema of the live server that this revision makes itself.
      if (await this.copy.madeFirst?.standAside(thrown.failure)) return await this.#again(id);
    }
    if (failure === undefined && now && this.#isAt(now, id)) {
      this.#now = now;
      this.applied.add(id);
      this.states.push({ ...now, by: id });
      return true;
    }
    const message = failure ?? "It ended without an error, and the version table did not move.";
    this.failures.push({ revision: id, message });
    // Where a part of it stays, nothing that follows would be what a revision makes.
    return now !== undefined && sameHeads(now.heads, before.heads) &&
      now.fingerprint.sha256 === before.fingerprint.sha256;
  }

  async #again(id: string): Promise<boolean> {
    // Without what stood in the way; a schema or an extension is a part of the picture.
    this.#now = await takePicture(this.copy.sql(), this.sides.state.versionTable);
    return await this.step(id);
  }

  async #apply(id: string): Promise<void> {
    const { copy, sides: { expect }, timeoutMs } = this;
    const late = AbortSignal.timeout(timeoutMs);
    const order = {
      ...{ move: { upgrade: id }, heads: this.#graph.tips(this.applied) },
      ...{ lockTimeoutMs: LOCK_TIMEOUT_MS, expect },
    };
    try {
      await copy.migrator.step(order, () => {}, AbortSignal.any([copy.signal, late]));
    } catch (error) {
      copy.signal.throwIfAborted();
      throw late.aborted ? new Error(`It did not end within ${duration(timeoutMs)}.`) : error;
    }
  }

  /** The copy as it is now; a step that failed may still keep its tables to itself. */
  async #look(failed: boolean): Promise<Picture | undefined> {
    const { copy, sides: { state } } = this;
    copy.signal.throwIfAborted();
    const looking = takePicture(copy.sql(), state.versionTable);
    return await (failed ? looking.catch(() => undefined) : looking);
  }

  #isAt({ heads }: Picture, id: string): boolean {
    return sameHeads(heads, this.#graph.tips(new Set([...this.applied, id])));
  }
}
