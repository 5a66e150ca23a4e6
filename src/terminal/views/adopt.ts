import { size } from "../../core/sizes.ts";
import { shellWord } from "../../core/shell.ts";
import { count } from "../../core/time.ts";
import type { Adopted, AdoptFailure, AdoptPlan, AdoptReport } from "../../reports/adopt.ts";
import type { Page } from "../page.ts";
import { showBackup } from "./backup.ts";

/** Foreign dumps that became backups, or would. */
export function showAdopted({ adopted, planned, failed }: AdoptReport, page: Page): void {
  for (const one of adopted) showOne(one, page);
  for (const plan of planned) showPlan(plan, page);
  for (const failure of failed) showFailure(failure, page);
}

function showOne({ file, built, doubt, left, backup }: Adopted, page: Page): void {
  const what = left.length === 0 ? "what it built" : `its database ${built}`;
  page.line(`${shellWord(file)} was loaded in a sandbox, and ${what} was backed up:`);
  showBackup(backup, page);
  for (const { name, tables, rows } of left) {
    page.line(
      `Not in the backup: the file's database ${name}, with ${count(tables, "table")} and ` +
        `${count(rows, "row")}.`,
    );
  }
  if (doubt !== "") page.line(`Whether the file is whole is not known: ${doubt}.`);
}

const FORMATS = {
  "custom": "custom, by pg_dump -Fc",
  "tar": "tar, by pg_dump -Ft",
  "directory": "a folder, by pg_dump -Fd",
  "plain": "an SQL script",
  "plain-gzip": "an SQL script, gzipped",
} as const;

function showPlan(plan: AdoptPlan, page: Page): void {
  const { file, format, scope, bytes, doubt, writtenAt, folder } = plan;
  page.line(`Would load ${shellWord(file)} into a sandbox and back up what it builds there:`);
  page.fields([
    ["size", size(bytes)],
    ["format", FORMATS[format] + (scope === "cluster" ? ", of a whole server" : "")],
    ["whole", doubt === "" ? "yes" : doubt],
    ["dated", dateText(writtenAt, page)],
    ["folder", shellWord(folder)],
  ]);
}

/** A file's own time says when it was copied, so it is no answer. */
function dateText(writtenAt: string | null, page: Page): string {
  if (writtenAt === null) return "unknown: neither it nor its name says when it was written";
  return writtenAt.includes("T") ? page.time(new Date(writtenAt)) : writtenAt;
}

function showFailure({ file, message }: AdoptFailure, page: Page): void {
  page.line(`${page.style("bad", "Not adopted")} ${shellWord(file)}: ${message}`);
}
