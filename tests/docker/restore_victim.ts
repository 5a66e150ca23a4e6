/**
 * A run of a restore that stops at a named point until it is killed: tests start it as a process of
 * its own. It prints `RUN <id>`, and `STOPPED` where it stands still.
 */
import { findBackup } from "../../src/backups/find.ts";
import { listTarget } from "../../src/backups/list.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { Engine } from "../../src/docker/engine.ts";
import { restore } from "../../src/operations/restore.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { agreeable } from "./agreeable.ts";

/** What the victim is told on its command line, as JSON. */
export interface Order {
  readonly container: string;
  readonly password: string;
  readonly dir: string;
  readonly target: {
    readonly project: string;
    readonly service: string;
    readonly database: string;
  };
  readonly backup: string;
  /** `load`, or with an item `swap/renamed`; a progress event counts as well as a step. */
  readonly stopAt: string | null;
}

/** The point that an event stands for. */
function pointOf(event: OakumEvent): string {
  if (event.type === "step") return event.step;
  if (event.type !== "progress") return event.type;
  return event.step === "swap" ? `swap/${event.item}` : `${event.step}/progress`;
}

async function main(order: Order): Promise<void> {
  const engine = await Engine.connect(Deno.env.toObject());
  const container = (await engine.container(order.container))!;
  const credentials = { user: "postgres", password: order.password, from: "the test" };
  const access = { container, port: 5432, socketFolder: undefined, credentials };
  const runId = newRunId();
  console.log(`RUN ${runId}`);
  const signal = new AbortController().signal;
  const emit = (event: OakumEvent) => {
    if (pointOf(event) !== order.stopAt) return;
    console.log("STOPPED");
    // Nothing moves in this process any more; what was sent to the server goes on there.
    Deno.stdin.readSync(new Uint8Array(1));
  };
  const context = { engine, clock: systemClock, emit, signal, ask: agreeable, runId };
  await using session = await ServerSession.open(engine, access, runId, signal);
  const { backup } = findBackup(await listTarget(order.dir, order.target), order.backup);
  const { dir, target } = order;
  await restore(context, session, {
    ...{ backup, target, dir, into: undefined, jobs: undefined, allow: [], createRoles: false },
    ...{ owner: true, dryRun: false, services: [] },
  });
  console.log("DONE");
}

if (import.meta.main) await main(JSON.parse(Deno.args[0]!));
