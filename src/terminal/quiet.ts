import type { OakumEvent } from "../core/events.ts";
import type { Channel } from "./channel.ts";
import { printable } from "./printable.ts";
import { type Renderer, warn } from "./renderer.ts";

/** No steps and no progress: for `--quiet`, `--json`, and short commands that nobody watches. */
export class QuietRenderer implements Renderer {
  constructor(readonly channel: Channel, readonly notes: boolean) {}

  readonly emit = (event: OakumEvent): void => {
    if (event.type === "warning") warn(this.channel, event);
    if (event.type === "note" && this.notes) this.channel.prose(printable(event.text));
  };

  pause(): void {}

  resume(): void {}

  end(): void {}

  close(): void {}
}
