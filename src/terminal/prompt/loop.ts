import type { Channel } from "../channel.ts";
import { defused } from "../printable.ts";
import { shownWidth, withoutColours, wrapProse } from "../prose.ts";
import { interruption } from "../signals.ts";
import { wrap } from "../width.ts";
import { type Key, keysIn } from "./keys.ts";
import type { Prompt } from "./prompt.ts";

/** Where keys come from: a terminal that can be put into raw mode. */
export interface Keyboard {
  /** Some bytes; null at the end of the input. */
  read(): Promise<Uint8Array | null>;
  setRaw(raw: boolean): void;
}

/** The terminal that a prompt runs on. */
export interface PromptTerminal {
  readonly keyboard: Keyboard;
  readonly channel: Channel;
  readonly signal: AbortSignal;
}

/** Runs a prompt: its answer, or nothing where the person declined; Ctrl-C interrupts. */
export async function runPrompt<S, A>(
  prompt: Prompt<S, A>,
  terminal: PromptTerminal,
): Promise<{ readonly answer: A } | undefined> {
  const { keyboard, channel } = terminal;
  terminal.signal.throwIfAborted();
  keyboard.setRaw(true);
  try {
    return await answered(prompt, terminal);
  } finally {
    keyboard.setRaw(false);
    channel.control("\r\n");
  }
}

async function answered<S, A>(prompt: Prompt<S, A>, terminal: PromptTerminal) {
  let state = prompt.start;
  let height = draw(prompt, state, terminal.channel, 0);
  for await (const key of keys(terminal)) {
    if (key.name === "interrupt") throw interruption("SIGINT");
    const turn = prompt.onKey(state, key);
    if ("declined" in turn) return undefined;
    if ("answer" in turn) return turn;
    state = turn.state;
    height = draw(prompt, state, terminal.channel, height);
  }
  return undefined;
}

/** Draws the prompt over its last drawing of `height` lines, and says how many lines it has now. */
function draw<S, A>(prompt: Prompt<S, A>, state: S, channel: Channel, height: number): number {
  const columns = Math.max(1, channel.columns - 1);
  const lines = prompt.render(state, channel.style)
    .map((line) => defused(line, true).replaceAll("\n", "\\n"))
    .flatMap((line) => wrapProse(line, columns))
    .flatMap((line) => cut(line, columns));
  const up = height > 1 ? `\x1b[${height - 1}A` : "";
  channel.control(`\r${up}\x1b[J${lines.join("\r\n")}`);
  return lines.length;
}

/** A word that fits on no line is cut, and loses its colours: only so the height is known. */
function cut(line: string, columns: number): string[] {
  return shownWidth(line) > columns ? wrap(withoutColours(line), columns) : [line];
}

async function* keys({ keyboard, signal }: PromptTerminal): AsyncGenerator<Key> {
  const decoder = new TextDecoder();
  while (true) {
    const bytes = await unlessAborted(keyboard.read(), signal);
    if (!bytes) return;
    yield* keysIn(decoder.decode(bytes, { stream: true }));
  }
}

/** A read of a terminal cannot be cancelled, but nobody has to wait for it. */
function unlessAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  reading.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}
