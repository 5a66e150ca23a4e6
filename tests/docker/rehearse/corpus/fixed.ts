import type { Finding } from "../../../../src/reports/rehearsal.ts";
import type { Case } from "./case.ts";
import { REFUSES } from "./case.ts";

/** Whose advice stands in the place of the upgrade. */
const UPGRADES = [
  ...["blocks-reads", "blocks-writes", "rewrite-over", "volatile-default", "not-null-scan"],
  ...["constraint-scan", "fk-without-index", "many-rows", "locks-many", "commits-inside"],
  ...["invalid-index", "renamed", "upgrade-fails"],
];
/** In the place of the downgrade, and at its end. */
const DOWNGRADES = ["downgrade-missing", "downgrade-empty", "downgrade-raises", "downgrade-lossy"];
const ENDS = ["downgrade-leaves", "not-repeatable"];

/** The case as its findings say that it be written; none where all of them leave that to a person. */
export function mended(bad: Case, found: readonly Finding[]): Case[] {
  // Its table is made by another case.
  if (bad.upgrade.some((line) => line.includes("TRUNCATE ranks"))) return [];
  const advice = found.flatMap(({ rule, fix }) => isCode(fix) ? [{ rule, fix: filled(fix) }] : []);
  if (advice.length === 0) return [];
  const fixOf = (rules: readonly string[]) => advice.find(({ rule }) => rules.includes(rule))?.fix;
  const upgrade = fixOf(UPGRADES);
  const parts = upgrade === undefined ? [bad] : fixed(bad, upgrade);
  const required = upgrade === undefined ? fixOf(["required-column"]) : undefined;
  const downgrade = upgrade === undefined ? downgradeOf(bad, fixOf) : undefined;
  const copy = fixOf(["data-lost"]);
  const all = [
    ...copy === undefined ? [] : [{ ...bad, upgrade: copy.split("\n"), downgrade: REFUSES }],
    ...parts.map((part) => ({ ...part, rules: copy === undefined ? [] : ["data-lost"] })),
  ];
  return all.map(({ tables, before, ...part }, at) => ({
    ...part,
    ...at === 0 && tables ? { tables } : {},
    ...at === 0 && before ? { before } : {},
    name: `${bad.name}, as advised (${at + 1})`,
    upgrade: [...part.upgrade, ...required && at === all.length - 1 ? required.split("\n") : []],
    downgrade: downgrade ?? part.downgrade,
    rules: copy !== undefined && at === 0 ? [] : part.rules,
    says: [],
  }));
}

/** Where it is all comments, a person has to decide. */
function isCode(fix: string | null): fix is string {
  return fix !== null && fix.split("\n").some((line) => /^(?:op\.|with |def |\w+ = )/.test(line));
}

/** With what only a person knows. */
function filled(fix: string): string {
  return fix.replaceAll("<value>", "'0'").replaceAll("<type of account>", "integer");
}

function fixed(bad: Case, fix: string): Case[] {
  const parts = fix.split(/^# Revision \d+: .*\n/m).filter((part) => isCode(part));
  return parts.map((part) => ({
    ...bad,
    upgrade: part.trimEnd().split("\n"),
    downgrade: REFUSES,
  }));
}

function downgradeOf(
  { downgrade }: Case,
  fixOf: (rules: readonly string[]) => string | undefined,
): readonly string[] | undefined {
  const whole = fixOf(DOWNGRADES);
  if (whole !== undefined) {
    const [, code = ""] = whole.split("def downgrade() -> None:\n");
    return code.split("\n").map((line) => line.replace(/^ {4}/, ""));
  }
  const end = fixOf(ENDS);
  if (end === undefined) return undefined;
  return [...downgrade === "missing" ? [] : downgrade, ...end.split("\n")];
}
