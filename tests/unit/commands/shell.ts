import type { Shell } from "../../../src/commands/session.ts";
import { memoryChannel } from "../terminal/streams.ts";

/** A shell in memory, without a person. */
export function memoryShell(more: Partial<Shell> = {}) {
  const out = memoryChannel({ terminal: false });
  const err = memoryChannel({ terminal: false });
  const controller = new AbortController();
  const shell: Shell = {
    output: { out: out.channel, err: err.channel },
    environment: () => undefined,
    cwd: "/srv/shop",
    clock: { now: () => new Date("2026-11-22T14:44:00Z") },
    signal: controller.signal,
    stdin: { terminal: false, read: () => Promise.resolve(null), setRaw: () => {} },
    ...more,
  };
  return { shell, controller, out: () => out.sink.text, err: () => err.sink.text };
}
