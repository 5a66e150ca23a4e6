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
 * Removes containers that serve a database and belong to a run that is dead. What has started ends
 * with its run; only one that was made and never started, since the run died in between, stays.
 */
export async function sweepContainers(
  engine: Engine,
  clock: Clock,
  databaseId: string,
): Promise<SweptContainer[]> {
  const all = await engine.containers([`${LABELS.of}=${databaseId}`]);
  const runOf = ({ Labels }: ContainerSummary) => Labels[LABELS.run] ?? "";
  const alive = new Set(all.filter(({ State }) => State === "running").map(runOf));
  const dead = all.filter(({ State, Created }) =>
    State !== "running" && clock.now().getTime() - Created * 1000 > STARTS_WITHIN_MS
  ).filter((container) => !alive.has(runOf(container)));
  for (const { Id } of dead) await engine.remove(Id);
  return dead.map((container) => ({
    name: container.Names[0]?.slice(1) ?? container.Id.slice(0, 12),
    run: runOf(container),
  }));
}
