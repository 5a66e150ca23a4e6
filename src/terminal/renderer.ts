import type { Emit, WarningEvent } from "../core/events.ts";
import type { Channel } from "./channel.ts";
import { printable } from "./printable.ts";

/** Shows what an operation tells while it runs. */
export interface Renderer {
  readonly emit: Emit;
  /** Ends what is live; a question or another program has the terminal until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends what is live; the report comes next. */
  end(): void;
  /** The closing lines, after the report: the warnings once more where they have scrolled away. */
  close(): void;
}

/** Calls back again and again until the returned function is called. */
export type Every = (milliseconds: number, call: () => void) => () => void;

/** What renderers share. */
export interface RendererOptions {
  readonly channel: Channel;
  readonly verbose: boolean;
  /** Milliseconds of a clock that never steps back. */
  readonly now: () => number;
  readonly every: Every;
}

/** Timers that do not keep the process alive. */
export const unheldEvery: Every = (milliseconds, call) => {
  const timer = setInterval(call, milliseconds);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
};

/** Prints a warning with its hint. */
export function warn(channel: Channel, { text, hint }: WarningEvent): void {
  channel.prose(`${channel.style("warn", "warning:")} ${printable(text)}`, 2);
  if (hint) channel.prose(`  ${printable(hint)}`);
}

/** Remembers warnings, to repeat those that other lines have followed. */
export class Warnings {
  readonly #seen: { readonly warning: WarningEvent; readonly writes: number }[] = [];

  constructor(readonly channel: Channel, readonly report: Channel) {}

  show(warning: WarningEvent): void {
    warn(this.channel, warning);
    this.#seen.push({ warning, writes: this.#writes() });
  }

  /** Nothing is repeated where no line but further warnings came after it. */
  repeat(): void {
    const last = this.#seen.at(-1);
    if (!last || this.#writes() === last.writes) return;
    const different = new Map(this.#seen.map(({ warning }) => [warning.text, warning]));
    for (const warning of different.values()) warn(this.channel, warning);
  }

  #writes(): number {
    return this.channel.writes + (this.report.terminal ? this.report.writes : 0);
  }
}
