import { messageOf } from "../core/errors.ts";
import { defused } from "./printable.ts";
import { wrapProse } from "./prose.ts";
import { type Sink, writeAll } from "./sink.ts";
import { colourStyle, plainStyle, type Style } from "./style.ts";

/** What a channel is made of. */
export interface ChannelOptions {
  readonly sink: Sink;
  readonly colour: boolean;
  /** Columns of the terminal, asked anew each time since people resize. */
  readonly columns: () => number;
}

/**
 * One output stream with its manners: untrusted control characters never pass, a broken pipe is
 * quiet, and any other failure is remembered rather than thrown, so that no work ends half-way
 * because nobody reads.
 */
export class Channel {
  readonly terminal: boolean;
  readonly style: Style;
  readonly #options: ChannelOptions;
  #open = true;
  #failure: string | undefined;
  #writes = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.terminal = options.sink.isTerminal();
    this.style = options.colour ? colourStyle : plainStyle;
  }

  /** Columns that a line may have; 80 where the stream is no terminal. */
  get columns(): number {
    return this.terminal ? this.#options.columns() : 80;
  }

  /** How often something was written, to see whether anything came after. */
  get writes(): number {
    return this.#writes;
  }

  /** Why a write failed, unless it was a broken pipe. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** One line, or several where the text holds line feeds. */
  line(text = ""): void {
    this.#writes++;
    this.#send(`${defused(text, this.#options.colour)}\n`);
  }

  /**
   * Sentences: on a terminal broken between words, further lines at least `hang` columns from the
   * left; elsewhere as they are, since programs read them by the line.
   */
  prose(text: string, hang = 0): void {
    // What is made visible takes columns too.
    const safe = defused(text, this.#options.colour);
    this.line(this.terminal ? wrapProse(safe, this.columns, hang).join("\n") : safe);
  }

  /** Text with terminal sequences that oakum made itself; nothing untrusted belongs here. */
  control(sequences: string): void {
    this.#send(sequences);
  }

  #send(text: string): void {
    if (!this.#open) return;
    try {
      writeAll(this.#options.sink, text);
    } catch (error) {
      this.#open = false;
      if (!(error instanceof Deno.errors.BrokenPipe)) this.#failure = messageOf(error);
    }
  }
}

/** The two streams: `out` carries results, `err` everything else. */
export interface Output {
  readonly out: Channel;
  readonly err: Channel;
}
