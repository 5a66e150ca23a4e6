import type { z } from "zod";
import { nearest } from "../core/similar.ts";

/** Something in a settings file that cannot be used. */
export interface Problem {
  /** Where it is, such as `backups.verify`; empty for the file as a whole. */
  readonly key: string;
  readonly line: number | undefined;
  /** What is wrong, with the value and what is accepted. */
  readonly text: string;
}

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What a problem needs to know of the file and of its schema. */
export interface Place {
  readonly value: (path: Path) => unknown;
  readonly line: (path: Path) => number | undefined;
  /** The keys that the schema knows at a path. */
  readonly known: (path: Path) => readonly string[];
}

/** Addresses and commands in these sections may hold secrets: their values are never shown. */
const PRIVATE =
  /^(notify|hosts|backups\.(encrypt|offsite)|rehearsal\.environment|upgrade\.health)\b/;

/** Says what zod found in words that a person can act on. */
export function problemsOf(issues: readonly Issue[], place: Place): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [valueProblem(issue, place)];
    return issue.keys.map((key) => unknownKey([...issue.path, key], place));
  });
}

function unknownKey(path: Path, place: Place): Problem {
  const known = place.known(path.slice(0, -1));
  const meant = nearest(String(path.at(-1)), known);
  const accepted = meant ? `did you mean "${meant}"?` : `accepted are ${known.join(", ")}`;
  return { key: keyOf(path), line: place.line(path), text: `is not a setting: ${accepted}` };
}

function valueProblem(issue: Issue, place: Place): Problem {
  const key = keyOf(issue.path);
  const value = PRIVATE.test(key) ? "this value" : shown(place.value(issue.path));
  const text = `is ${value}; accepted is ${accepted(issue)}`;
  return { key, line: place.line(issue.path), text };
}

function accepted(issue: Issue): string {
  if (issue.code === "invalid_value") return issue.values.map(String).join(", ");
  // That the name of an entry is wrong is said by the issue within.
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code !== "invalid_type") return issue.message;
  const words: Readonly<Record<string, string>> = {
    string: "text (put it in quotes)",
    array: "a list such as [one, two]",
    object: "a group of settings",
    record: "names with their values",
  };
  return words[issue.expected] ?? issue.message;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a group";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** `app.x[0]`, `hosts.nas`. */
function keyOf(path: Path): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`)
    .join("").replace(/^\./, "");
}
