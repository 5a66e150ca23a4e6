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
  for (const [rule, setting] of Object.entries(config)) {
    const trouble = ruleTrouble(rule, setting);
    if (trouble !== undefined) {
      throw refused("bad-rule", `"rehearsal.rules.${rule}" ${trouble}`, { rule });
    }
  }
  return new Map(RULES.map((rule) => [rule.id, levelsOf(rule, config[rule.id]) ?? rule]));
}

/** What is wrong with a rule and what it is set to, in words that follow its name; else nothing. */
export function ruleTrouble(name: string, setting: string): string | undefined {
  const rule = RULES.find(({ id }) => id === name);
  if (!rule) return `is not a rule: ${nearestRule(name)}`;
  if (levelsOf(rule, setting)) return undefined;
  return `is ${JSON.stringify(setting)}; accepted is ${wanted(rule)}; by default it is "${
    levelsText(rule)
  }"`;
}

/** Refuses names that no rule has; `from` is where they were given. */
export function requireRuleNames(names: readonly string[], from: string): void {
  const unknown = names.find((name) => !RULES.some(({ id }) => id === name));
  if (unknown === undefined) return;
  const data = { rule: unknown, meant: nearest(unknown, NAMES) ?? null };
  throw refused(
    "unknown-rule",
    `${from}: "${unknown}" is not a rule: ${nearestRule(unknown)}`,
    data,
  );
}

const NAMES: readonly string[] = RULES.map(({ id }) => id);

function nearestRule(name: string): string {
  const meant = nearest(name, NAMES);
  return meant === undefined ? "`oakum config rules` lists them" : `did you mean "${meant}"?`;
}

function refused(
  code: string,
  message: string,
  data: Readonly<Record<string, string | null>>,
): OakumError {
  return new OakumError(code, "usage", message, {
    hint: "All rules, and what they are by default: oakum config rules",
    data,
  });
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

function levelsOf(rule: Rule, setting: string | undefined): Levels | undefined {
  if (setting === undefined) return rule;
  const words = setting.trim().replaceAll(SPACED, "$1").split(/\s+/);
  const first = words[0] ?? "";
  if (first === "off" && words.length === 1) return { warn: null, fail: null };
  if (first !== "warn" && first !== "fail") {
    return words.length === 1 ? fromHere(rule, first) : undefined;
  }
  return leveled(rule, words);
}

/** A value alone moves the lower level, and never leaves the higher one below it. */
function fromHere(rule: Rule, text: string): Levels | undefined {
  const from = parsed(rule.measure, text);
  if (from === undefined) return undefined;
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

function wanted({ measure }: Rule): string {
  const value = WORDS[measure];
  if (value === undefined) return "off, warn or fail";
  return `off, warn, fail, or ${value}; with a level before it, as in "${EXAMPLES[measure]}"`;
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
