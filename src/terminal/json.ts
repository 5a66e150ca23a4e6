import type { OakumEvent } from "../core/events.ts";
import type { Channel } from "./channel.ts";
import { defusedJson } from "./printable.ts";
import type { Renderer } from "./renderer.ts";

const PROGRESS_EVERY = 1000;

/** Events as JSON lines, progress at most once a second; the report follows as the last line. */
export class JsonRenderer implements Renderer {
  #lastProgress = -Infinity;

  constructor(readonly channel: Channel, readonly now: () => number) {}

  readonly emit = (event: OakumEvent): void => {
    if (event.type === "progress" && this.now() - this.#lastProgress < PROGRESS_EVERY) return;
    if (event.type === "progress") this.#lastProgress = this.now();
    if (event.type === "step") this.#lastProgress = -Infinity;
    this.channel.line(jsonLine(event));
  };

  pause(): void {}

  resume(): void {}

  end(): void {}

  close(): void {}
}

/** A value as JSON on one line. */
export function jsonLine(value: unknown): string {
  return defusedJson(JSON.stringify(value));
}

/** A value as JSON: on one line for programs, indented for a person. */
export function jsonDocument(value: unknown, terminal: boolean): string {
  return terminal ? defusedJson(JSON.stringify(value, undefined, 2)) : jsonLine(value);
}
