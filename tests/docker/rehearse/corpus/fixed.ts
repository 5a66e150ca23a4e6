import type { Case } from "./case.ts";
import { REFUSES } from "./case.ts";

/** The case with its fix in the place of its upgrade, as the revisions that the fix is made of. */
export function fixed(bad: Case, fix: string): Case[] {
  const parts = fix.split(/^# Revision \d+: .*\n/m).filter((part) => part.trim() !== "");
  return parts.map((part, at) => ({
    name: `the fix of ${bad.name}, ${at + 1}`,
    ...(at === 0 && bad.tables ? { tables: bad.tables } : {}),
    ...(at === 0 && bad.before ? { before: bad.before } : {}),
    upgrade: part.trimEnd().split("\n"),
    downgrade: REFUSES,
    rules: [],
  }));
}

/** The case with what is proposed at the end of its downgrade. */
export function fixedDowngrade(bad: Case, fix: string): Case {
  const downgrade = bad.downgrade === "missing" ? [] : bad.downgrade;
  return { ...bad, downgrade: [...downgrade, ...fix.split("\n")], rules: [], says: [] };
}
