import type { OakumEvent } from "../core/events.ts";
import { duration } from "../core/time.ts";
import type { Channel } from "./channel.ts";
import { printable } from "./printable.ts";
import { advance, type Progress, progressLine } from "./progress.ts";
import { type Renderer, type RendererOptions, Warnings } from "./renderer.ts";

const REDRAW = 100;
const ERASE = "\r\x1b[K";
/** A line whose width was misjudged must be cut by the terminal, since a wrapped one stays. */
const NO_WRAP = "\x1b[?7l";
const WRAP = "\x1b[?7h";

/** One live line on a terminal; notes and warnings stay above it, the line itself is erased. */
export class TtyRenderer implements Renderer {
  readonly #options: RendererOptions;
  readonly #warnings: Warnings;
  #progress: Progress | undefined;
  #stop: (() => void) | undefined;
  #drawn = false;
  #paused = false;

  constructor(options: RendererOptions, report: Channel) {
    this.#options = options;
    this.#warnings = new Warnings(options.channel, report);
  }

  readonly emit = (event: OakumEvent): void => {
    if (event.type === "note" || event.type === "warning") {
      this.#above(() =>
        event.type === "note"
          ? this.#options.channel.prose(printable(event.text))
          : this.#warnings.show(event)
      );
      return;
    }
    if (event.type === "step") this.#stepEnded();
    this.#progress = advance(this.#progress, event, this.#options.now());
    this.#stop ??= this.#options.every(REDRAW, () => this.#draw());
    if (event.type === "step") this.#draw();
  };

  /** The step is over: the time that a person takes to answer is none of its own. */
  pause(): void {
    this.#stepEnded();
    this.#progress = undefined;
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#draw();
  }

  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#stepEnded();
    this.#progress = undefined;
  }

  close(): void {
    this.#warnings.repeat();
  }

  /** With `--verbose` a finished step stays, with the time that it took. */
  #stepEnded(): void {
    this.#erase();
    if (!this.#progress || !this.#options.verbose) return;
    const took = duration(this.#options.now() - this.#progress.startedAt);
    const { channel } = this.#options;
    channel.line(channel.style("dim", `${printable(this.#progress.step.text)} (${took})`));
  }

  #above(print: () => void): void {
    this.#erase();
    print();
    this.#draw();
  }

  #draw(): void {
    if (!this.#progress || this.#paused) return;
    const { channel, now } = this.#options;
    const line = progressLine(this.#progress, now(), Math.max(1, channel.columns - 1));
    channel.control(`${NO_WRAP}${ERASE}${line}${WRAP}`);
    this.#drawn = true;
  }

  #erase(): void {
    if (this.#drawn) this.#options.channel.control(ERASE);
    this.#drawn = false;
  }
}
