import type { Output } from "./channel.ts";
import { JsonRenderer } from "./json.ts";
import { PlainRenderer } from "./plain.ts";
import { QuietRenderer } from "./quiet.ts";
import type { Every, Renderer } from "./renderer.ts";
import { TtyRenderer } from "./tty.ts";

/** What decides on a renderer. */
export interface RendererFacts {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Whether the command may run long, so that its steps are worth telling in a log. */
  readonly long: boolean;
  readonly dumb: boolean;
  readonly now: () => number;
  readonly every: Every;
}

/** The renderer for a command on these streams. */
export function pickRenderer({ out, err }: Output, facts: RendererFacts): Renderer {
  const { json, quiet, long, verbose, now, every } = facts;
  if (json && long && !quiet) return new JsonRenderer(out, now);
  if (json || quiet) return new QuietRenderer(err, false);
  const options = { channel: err, verbose, now, every };
  if (err.terminal && !facts.dumb) return new TtyRenderer(options, out);
  return long ? new PlainRenderer(options, out) : new QuietRenderer(err, true);
}
