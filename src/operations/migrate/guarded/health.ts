import { messageOf } from "../../../core/errors.ts";
import { sleep } from "../../../core/time.ts";
import type { Engine } from "../../../docker/engine.ts";
import type { ContainerDetail } from "../../../docker/shapes.ts";
import type { Health, HealthCheck } from "../../../reports/health.ts";
import type { Context } from "../../context.ts";
import { errorLines } from "./error_lines.ts";
import type { AppContainer, UpgradeRequest } from "./request.ts";

/** What is looked at. */
export interface HealthWish {
  readonly container: AppContainer;
  readonly addresses: readonly string[];
  /** When the upgrade began: what the app wrote before is not its doing. */
  readonly since: Date;
  /** How long an answer is waited for; half a minute where nothing is said. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 30_000;
const ANSWER_MS = 5_000;
const ENGINE_MS = 15_000;
const PAUSE_MS = 500;

/** Looks whether the app still works on the new schema; waits for what is only slow. */
export async function checkHealth(context: Context, wish: HealthWish): Promise<Health> {
  const { engine, emit, signal } = context;
  const { container, addresses, since, patienceMs = PATIENCE_MS } = wish;
  emit({ type: "step", step: "health", text: `Looking whether ${container.name} is well` });
  const until = performance.now() + patienceMs;
  const checks = await Promise.all([
    ...container.running ? [containerCheck(engine, container, until, signal)] : [],
    ...addresses.map((address) => addressCheck(address, until, signal)),
  ]);
  const errors = container.running
    ? await answered(errorLines(engine, container.id, since), signal).catch(() => [])
    : [];
  return { ok: checks.every(({ ok }) => ok), checks, errors };
}

/** How the app was after an upgrade; without it, why that is not known. */
export interface LookedAfter {
  readonly health: Health | null;
  readonly warnings: readonly string[];
}

/** The same after an upgrade, which stays done whatever becomes of the look. */
export async function lookAfter(
  context: Context,
  { container, health: addresses }: UpgradeRequest,
  since: Date,
): Promise<LookedAfter> {
  if (!container.running && addresses.length === 0) return { health: null, warnings: [] };
  try {
    return { health: await checkHealth(context, { container, addresses, since }), warnings: [] };
  } catch (error) {
    const why = context.signal.aborted ? "it was interrupted" : messageOf(error);
    return { health: null, warnings: [`Whether the app is well is not known: ${why}.`] };
  }
}

async function containerCheck(
  engine: Engine,
  { id, name }: AppContainer,
  until: number,
  signal: AbortSignal,
): Promise<HealthCheck> {
  const check = (ok: boolean, text: string) => ({ what: "container", name, ok, text }) as const;
  for (;;) {
    const found = await answered(engine.container(id), signal);
    if (!found) return check(false, "is gone");
    const state = stateOf(found);
    const isLate = performance.now() > until;
    if (state.certain || isLate) return check(state.ok, state.text);
    await sleep(PAUSE_MS, signal);
  }
}

/** What Docker says; an engine that hangs has no say in how long an upgrade takes to end. */
async function answered<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  const late = sleep(ENGINE_MS, AbortSignal.any([signal, over.signal])).then(() => {
    throw new Error(`Docker does not answer in ${ENGINE_MS / 1000} s`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}

/** `certain` where waiting would change nothing. */
function stateOf({ State }: ContainerDetail): { ok: boolean; certain: boolean; text: string } {
  if (State.Restarting) return { ok: false, certain: false, text: "restarts again and again" };
  if (!State.Running) {
    return { ok: false, certain: false, text: `has ended with code ${State.ExitCode}` };
  }
  const health = State.Health?.Status ?? "none";
  switch (health) {
    case "none":
      return { ok: true, certain: true, text: "runs; it has no health check" };
    case "healthy":
      return { ok: true, certain: true, text: "runs and is healthy" };
    default:
      return { ok: false, certain: false, text: `runs, but its health check says: ${health}` };
  }
}

async function addressCheck(
  address: string,
  until: number,
  signal: AbortSignal,
): Promise<HealthCheck> {
  const name = withoutPassword(address);
  for (;;) {
    const { ok, text } = await ask(address, signal);
    if (ok || performance.now() > until) return { what: "address", name, ok, text };
    await sleep(PAUSE_MS, signal);
  }
}

async function ask(address: string, signal: AbortSignal): Promise<{ ok: boolean; text: string }> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await fetch(address, { signal: patience });
    await response.body?.cancel();
    return { ok: response.ok, text: `answers ${response.status}` };
  } catch (error) {
    signal.throwIfAborted();
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const how = late ? ` in ${ANSWER_MS / 1000} s` : `: ${reasonOf(error)}`;
    return { ok: false, text: `does not answer${how}` };
  }
}

/** What the system said, which comes last: before it stands the address, with its key. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const last = cause === undefined ? "" : messageOf(cause).split(": ").at(-1)!;
  return last === "" || last.includes("://") ? messageOf(error) : last;
}

/** What is shown of an address: neither who may ask it, nor with which key. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  [url.username, url.password, url.search, url.hash] = ["", "", "", ""];
  return url.href;
}
