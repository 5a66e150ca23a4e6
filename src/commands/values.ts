import { InvalidArgumentError } from "@commander-js/extra-typings";
import { DURATION, parseDuration } from "../config/quantities.ts";
import {
  DATABASE_REFERENCE,
  type DatabaseReference,
  parseDatabase,
  PROJECT_NAME,
  PROJECT_NAME_WORDS,
} from "../config/reference.ts";

/** How a program says that a value of the command line cannot be used. */
export function refuse(accepted: string): InvalidArgumentError {
  return new InvalidArgumentError(`Accepted is ${accepted}.`);
}

/** Text that is neither empty nor holds what no name, path or note can hold. */
export function filled(text: string): string {
  if (text.trim() === "" || text.includes("\0")) throw refuse("a text that is not empty");
  return text;
}

/** A repeatable option's values so far, with one more. */
export function gathered(text: string, before: string[] | undefined): string[] {
  return [...before ?? [], filled(text)];
}

/** Milliseconds from a duration such as `3s`. */
export function duration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw refuse(DURATION);
  return milliseconds;
}

/** A whole number between two others. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    throw refuse(`a whole number from ${least} to ${most}`);
  };
}

/** The address of something that answers over HTTP, as it was given. */
export function webAddress(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw refuse("a URL such as http://localhost:8000/health");
}

/** Such addresses so far, with one more. */
export function webAddresses(text: string, before: string[] | undefined): string[] {
  return [...before ?? [], webAddress(text)];
}

/** `SERVICE[/NAME]`. */
export function databaseReference(text: string): DatabaseReference {
  const reference = parseDatabase(text);
  if (!reference) throw refuse(DATABASE_REFERENCE);
  return reference;
}

/** A Compose project's name. */
export function projectName(text: string): string {
  if (PROJECT_NAME.test(text)) return text;
  throw refuse(PROJECT_NAME_WORDS);
}

/** The names of rules so far, with one more; `example` is one that the verb takes. */
export function ruleNames(example: string) {
  return (text: string, before: string[] | undefined): string[] => {
    if (/^[a-z][a-z0-9-]*$/.test(text)) return [...before ?? [], text];
    throw refuse(`the name of one rule such as ${example}; repeat --allow for another`);
  };
}

/** How a dump is compressed. */
export interface Compression {
  readonly method: "zstd" | "gzip" | "lz4" | "none";
  readonly level: number | undefined;
}

const LEVELS = { zstd: [1, 22], gzip: [1, 9], lz4: [1, 12] } as const;

/** `zstd:3`, `gzip`, `none`. */
export function compression(text: string): Compression {
  const [, name = "", digits] = /^([a-z0-9]+)(?::(\d{1,2}))?$/.exec(text) ?? [];
  if (name === "none" && digits === undefined) return { method: "none", level: undefined };
  if (name === "zstd" || name === "gzip" || name === "lz4") {
    const [least, most] = LEVELS[name];
    const level = digits === undefined ? undefined : Number(digits);
    if (level === undefined || (level >= least && level <= most)) return { method: name, level };
  }
  throw refuse("none, gzip[:1-9], zstd[:1-22] or lz4[:1-12]");
}
