import type { Environment } from "./environment.ts";
import type { ReadConfig } from "./file.ts";
import type { Setting } from "./source.ts";

/** A setting that may not have been made. */
export type Maybe<T> = Setting<T> | undefined;

/** Takes values from where they may come from, and notes the place. */
export class Origins {
  constructor(readonly environment: Environment, readonly file: ReadConfig | undefined) {}

  flag<T>(name: string, value: T | undefined): Maybe<T> {
    return value === undefined ? undefined : { value, source: { kind: "flag", name } };
  }

  /** A variable as `read` understands it; one that is empty is not set, as Compose has it. */
  variable<T>(name: string, read: (text: string, name: string) => T): Maybe<T> {
    const text = this.environment(name)?.trim();
    if (!text) return undefined;
    return { value: read(text, name), source: { kind: "environment", name } };
  }

  /** A value of the settings file, by its key. */
  setting<T>(key: string, value: T | undefined): Maybe<T> {
    if (value === undefined || !this.file) return undefined;
    const { path, line } = this.file;
    return { value, source: { kind: "file", path, line: line(key) } };
  }
}

/** The first value that there is, else the default. */
export function first<T>(candidates: readonly Maybe<T>[], fallback: T): Setting<T> {
  const found = candidates.find((candidate) => candidate !== undefined);
  return found ?? { value: fallback, source: { kind: "default" } };
}

/** A setting made of another one's value. */
export function mapped<T, U>(setting: Maybe<T>, change: (value: T) => U | undefined): Maybe<U> {
  if (!setting) return undefined;
  const value = change(setting.value);
  return value === undefined ? undefined : { value, source: setting.source };
}
