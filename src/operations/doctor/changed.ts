import { ago } from "../../core/time.ts";
import { type ChangedSince, changedTexts } from "../../reports/changed_since.ts";
import type { Check } from "../../reports/doctor.ts";
import { ok, trouble, warning } from "./checks.ts";

const NAME = "changed-since";

/** Whether tables, rows and schema are about what oakum knew of them last. */
export function checkChanged(changed: ChangedSince, now: Date): Check[] {
  const { backup, takenAt, gone, collapsed, schemaOf } = changed;
  if (backup === null && schemaOf === null) return [];
  const since = backup === null || takenAt === null
    ? "the last migration"
    : `${backup}, of ${ago(new Date(takenAt), now)}`;
  const texts = changedTexts(changed);
  if (texts.length === 0) return [ok(NAME, wellText(changed))];
  const bad = gone.length > 0 || collapsed ? trouble : warning;
  return [bad(NAME, `Since ${since}: ${texts.join("; ")}.`, mendOf(changed))];
}

function wellText({ backup, sameRevisions }: ChangedSince): string {
  if (backup === null) return "The schema is as the last migration left it.";
  return sameRevisions
    ? "Tables and rows are about as in the last backup."
    : "The last backup is of another revision; of what both have, nothing is far off.";
}

function mendOf({ backup, collapsed }: ChangedSince): string {
  const known = `If it was meant: oakum backup${collapsed ? " --accept" : ""}`;
  if (backup === null) return known;
  return `If it was not meant: oakum restore ${backup} --into look shows what was there, and oakum ` +
    `restore ${backup} brings that back. ${known}`;
}
