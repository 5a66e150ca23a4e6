import type { Command, Statement } from "./statement.ts";

/** A stretch of a script, with what ends in it. The stretches in order are the script. */
export interface Piece {
  readonly kind: "between" | "statement" | "command" | "rows";
  readonly bytes: Uint8Array;
  /** The statement that these bytes are the last of. */
  readonly ended?: Statement;
  readonly command?: Command;
  /** A comment of one line between statements, without its dashes. */
  readonly comment?: { readonly line: number; readonly text: string };
  /** How many rows came, and the line behind them, where these bytes are the last of them. */
  readonly rows?: { readonly count: number; readonly endLine: number };
  /** A line that is neither SQL nor for psql. */
  readonly stranger?: Stranger;
}

/** A line that psql could make nothing of. */
export interface Stranger {
  readonly line: number;
  readonly text: string;
  /** Whether it stands behind a COPY, on the line whose end its rows are to follow. */
  readonly behindCopy: boolean;
}

/** What a script was in the middle of when it ended, and the line on which that began. */
export interface Unfinished {
  readonly what: "text" | "name" | "comment" | "rows" | "bracket" | "body";
  readonly line: number;
}
