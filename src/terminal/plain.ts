import type { OakumEvent } from "../core/events.ts";
import type { Channel } from "./channel.ts";
import { printable } from "./printable.ts";
import { advance, measureLine, type Progress } from "./progress.ts";
import { type Renderer, type RendererOptions, Warnings } from "./renderer.ts";

const LINE_EVERY = 10_000;

/** A line for each step and one every ten seconds of it: for logs, cron and `TERM=dumb`. */
export class PlainRenderer implements Renderer {
  readonly #options: RendererOptions;
  readonly #warnings: Warnings;
  #progress: Progress | undefined;
  #stop: (() => void) | undefined;

  constructor(options: RendererOptions, report: Channel) {
    this.#options = options;
    this.#warnings = new Warnings(options.channel, report);
  }

  readonly emit = (event: OakumEvent): void => {
    const { channel, now } = this.#options;
    if (event.type === "warning") return this.#warnings.show(event);
    if (event.type === "note") return channel.prose(printable(event.text));
    this.#progress = advance(this.#progress, event, now());
    if (event.type === "progress") return;
    channel.line(printable(event.text));
    this.#stop?.();
    this.#stop = this.#options.every(LINE_EVERY, () => this.#line());
  };

  pause(): void {}

  resume(): void {}

  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#progress = undefined;
  }

  close(): void {
    this.#warnings.repeat();
  }

  #line(): void {
    if (!this.#progress) return;
    this.#options.channel.line(`  ${measureLine(this.#progress, this.#options.now())}`);
  }
}
