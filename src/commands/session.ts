import type { Environment } from "../config/environment.ts";
import type { Settings } from "../config/settings.ts";
import type { Ask } from "../core/ask.ts";
import type { Outcome } from "../core/errors.ts";
import type { Emit } from "../core/events.ts";
import type { Clock } from "../core/time.ts";
import type { Output } from "../terminal/channel.ts";
import type { Page } from "../terminal/page.ts";
import type { Renderer } from "../terminal/renderer.ts";
import type { Globals } from "./globals.ts";

/** What the process gives to a command; tests give their own. */
export interface Shell {
  readonly output: Output;
  readonly environment: Environment;
  /** The current folder, absolute. */
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly stdin: {
    readonly terminal: boolean;
    read(): Promise<Uint8Array | null>;
    setRaw(raw: boolean): void;
  };
}

/**
 * What the work of a verb has at hand. Operations below know nothing of terminals: hand them
 * `emit`, `signal`, `clock`, `ask` and the values of `settings`.
 */
export interface Session extends BareSession {
  /** Flags, environment, `oakum.yaml` and defaults, merged. */
  readonly settings: Settings;
}

/** What verbs have that work without settings. */
export interface BareSession {
  readonly globals: Globals;
  /** The folder to look from, absolute: `-C`, else the current one. */
  readonly directory: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly environment: Environment;
  /** Names this run in labels, sessions and journals. */
  readonly runId: string;
  /** Asks, before locks are taken. */
  readonly ask: Ask;
  /** Steps aside for a program that has the terminal to itself, such as psql. */
  readonly display: Pick<Renderer, "pause" | "resume">;
  /** For a program that is joined to it; `ask` is for questions. */
  readonly stdin: Shell["stdin"];
  /** A path of the command line, absolute: relative ones are relative to `-C`, as in git. */
  path(typed: string): string;
}

/** What the work of a verb comes back with: one value, in two forms. */
export interface Result {
  /** How it ended where nothing was thrown, such as `finding`; `done` where it says nothing. */
  readonly outcome?: Outcome;
  /** The code of a program that spoke for itself, such as psql; `outcome` says nothing then. */
  readonly exitCode?: number;
  /** The report as JSON has it; undefined prints nothing. */
  readonly report: unknown;
  /** The same report for people; `page.terminal` tells a person from a pipe. */
  text(page: Page): void;
}
