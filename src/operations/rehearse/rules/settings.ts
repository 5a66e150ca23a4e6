import { DURATION, parseDuration, parseSize, SIZE } from "../../../config/quantities.ts";
import { OakumError } from "../../../core/errors.ts";
import { nearest } from "../../../core/similar.ts";
import { size } from "../../../core/sizes.ts";
import { duration } from "../../../core/time.ts";
import type { FindingLevel } from "../../../reports/rehearsal.ts";
import { number } from "./numbers.ts";
import type { Levels, Measure, Rule } from "./rule.ts";
import { type RuleId, RULES } from "./table.ts";

/** From which values on each rule warns and fails. */
export type RuleSettings = ReadonlyMap<RuleId, Levels>;

/** The rules as `rehearsal.rules` has them: `off`, `warn`, `fail`, `50MB`, `warn 50MB fail 1GB`. */
export function parseRules(config: Readonly<Record<string, string>>): RuleSettings {
  requireRuleNames(Object.keys(config), "rehearsal.rules");
  return new Map(RULES.map((rule) => [rule.id, levelsOf(rule, config[rule.id])]));
}

/** Refuses names that no rule has; `from` is where they were given. */
export function requireRuleNames(names: readonly string[], from: string): void {
  const known = RULES.map((rule) => rule.id as string);
  const name = names.find((one) => !known.includes(one));
  if (name === undefined) return;
  const meant = nearest(name, known);
  throw new OakumError(
    "unknown-rule",
    "usage",
    `${from} names "${name}", and there is no such rule${meant ? `; "${meant}" is one` : ""}.`,
    { hint: `The rules are ${known.join(", ")}.`, data: { rule: name, meant: meant ?? null } },
  );
}

/** How dear a value of a rule is; nothing where the rule lets it pass. */
export function levelAt(settings: RuleSettings, rule: RuleId, value: number): FindingLevel | null {
  const { warn, fail } = settings.get(rule)!;
  if (fail !== null && value >= fail) return "fail";
  return warn !== null && value >= warn ? "warn" : null;
}

/** What a rule does by default, such as `warn from 50,000 rows, fail from 1,000,000 rows`. */
export function levelsText(rule: Rule): string {
  const one = (level: FindingLevel) => {
    const from = rule[level];
    if (from === null) return [];
    return rule.measure === "none" ? [level] : [`${level} from ${valueText(rule.measure, from)}`];
  };
  return [...one("warn"), ...one("fail")].join(", ") || "off";
}

/** The space between a number and its unit. */
const SPACED = /(\d) (?=(?:[kmgt]?i?b|ms|s|min|m|h|d)\b)/gi;

function levelsOf(rule: Rule, setting: string | undefined): Levels {
  if (setting === undefined) return rule;
  const words = setting.trim().replaceAll(SPACED, "$1").split(/\s+/);
  const first = words[0] ?? "";
  if (first === "off" && words.length === 1) return { warn: null, fail: null };
  if (first !== "warn" && first !== "fail") {
    return words.length === 1 ? fromHere(rule, first) : refuse(rule, setting);
  }
  return leveled(rule, words) ?? refuse(rule, setting);
}

/** A value alone moves the lower level, and never leaves the higher one below it. */
function fromHere(rule: Rule, text: string): Levels {
  const from = parsed(rule.measure, text);
  if (from === undefined) return refuse(rule, text);
  if (rule.warn === null && rule.fail !== null) return { warn: null, fail: from };
  return { warn: from, fail: rule.fail === null ? null : Math.max(from, rule.fail) };
}

/** Only the levels that are named, each from its value or from where the rule begins by default. */
function leveled(rule: Rule, words: readonly string[]): Levels | undefined {
  const levels: { warn: number | null; fail: number | null } = { warn: null, fail: null };
  const rest = [...words];
  while (rest.length > 0) {
    const level = rest.shift();
    if ((level !== "warn" && level !== "fail") || levels[level] !== null) return undefined;
    const named = rest[0] === undefined || rest[0] === "warn" || rest[0] === "fail";
    const from = named ? lowest(rule) : parsed(rule.measure, rest.shift()!);
    if (from === undefined) return undefined;
    levels[level] = from;
  }
  return levels;
}

function lowest({ warn, fail }: Levels): number {
  return warn ?? fail ?? 0;
}

function parsed(measure: Measure, text: string): number | undefined {
  if (measure === "none") return undefined;
  if (measure === "size") return parseSize(text);
  if (measure === "duration") return parseDuration(text);
  const digits = text.replaceAll(/[,_]/g, "");
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

function refuse(rule: Rule, setting: string): never {
  const value = WORDS[rule.measure];
  const wanted = value === undefined
    ? "off, warn or fail"
    : `off, warn, fail, or ${value}; with a level before it, as in "${EXAMPLES[rule.measure]}"`;
  throw new OakumError(
    "bad-rule",
    "usage",
    `rehearsal.rules sets ${rule.id} to "${setting}"; it takes ${wanted}.`,
    { hint: `By default it is "${levelsText(rule)}".`, data: { rule: rule.id, setting } },
  );
}

const WORDS: Readonly<Record<Measure, string | undefined>> = {
  size: SIZE,
  duration: DURATION,
  rows: "a number of rows such as 50000",
  count: "a whole number such as 5",
  none: undefined,
};

const EXAMPLES: Readonly<Record<Measure, string>> = {
  size: "warn 50MB",
  duration: "warn 2s",
  rows: "warn 50000 fail 1000000",
  count: "warn 5",
  none: "",
};

function valueText(measure: Measure, value: number): string {
  if (measure === "size") return size(value);
  if (measure === "duration") return duration(value);
  return measure === "rows" ? `${number(value)} rows` : number(value);
}
