import type { Clock } from "../core/time.ts";
import type { Engine } from "./engine.ts";
import type { ContainerSummary } from "./shapes.ts";
import { LABELS } from "./sidecar.ts";

/** A container that a dead run left. */
export interface SweptContainer {
  readonly name: string;
  readonly run: string;
}

/** A living run starts what it has made within moments. */
const STARTS_WITHIN_MS = 60_000;

/**
 * Those of oakum's containers whose run is dead. What has started ends with its run; only one that
 * was made and never started, since the run died in between, stays.
 */
export function deadContainers(
  all: readonly ContainerSummary[],
  now: Date,
): readonly ContainerSummary[] {
  const alive = new Set(all.filter(({ State }) => State === "running").map(runOf));
  return all.filter(({ State, Created }) =>
    State !== "running" && now.getTime() - Created * 1000 > STARTS_WITHIN_MS
  ).filter((container) => !alive.has(runOf(container)));
}

/**
 * Removes what dead runs left of the containers that are meant; `onLeft` hears of those that the
 * engine does not remove, such as one in the state `dead`.
 */
export async function sweepContainers(
  engine: Engine,
  clock: Clock,
  isMeant: (container: ContainerSummary) => boolean,
  onLeft: (name: string, why: unknown) => void,
): Promise<SweptContainer[]> {
  const dead = deadContainers(await engine.containers([LABELS.run]), clock.now()).filter(isMeant);
  const swept: SweptContainer[] = [];
  for (const container of dead) {
    const name = nameOf(container);
    try {
      await engine.remove(container.Id);
      swept.push({ name, run: runOf(container) });
    } catch (error) {
      onLeft(name, error);
    }
  }
  return swept;
}

/** Whether a container is about that one, or about one that is gone: nobody else would look for it. */
export async function ofContainer(
  engine: Engine,
  id: string,
): Promise<(container: ContainerSummary) => boolean> {
  const there = new Set((await engine.containers()).map(({ Id }) => Id));
  return ({ Labels }) => Labels[LABELS.of] === id || !there.has(Labels[LABELS.of] ?? "");
}

/** A container's name as people write it. */
export function nameOf({ Names, Id }: ContainerSummary): string {
  return Names[0]?.slice(1) ?? Id.slice(0, 12);
}

function runOf({ Labels }: ContainerSummary): string {
  return Labels[LABELS.run] ?? "";
}
