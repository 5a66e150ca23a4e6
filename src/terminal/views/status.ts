import { count } from "../../core/time.ts";
import { size } from "../../core/sizes.ts";
import { branchSentences } from "../../migrators/alembic/branches.ts";
import type { BackupLine } from "../../reports/backups.ts";
import { changedTexts } from "../../reports/changed_since.ts";
import type { Leftover, RevisionStatus, StatusReport } from "../../reports/status.ts";
import { agreeing } from "../../targets/variables.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Cell } from "../table.ts";
import { revisions } from "./backup.ts";

/** A stack on one screen. */
export function showStatus(report: StatusReport, page: Page): void {
  page.fields(fields(report, page));
  for (const { revision, doc } of report.revision?.pending ?? []) {
    page.line(`  ${printable(`${revision}  ${doc}`)}`);
  }
  for (const leftover of report.leftovers) leftoverLines(leftover, page);
  if (report.leftovers.some(({ command }) => command === FINALIZE)) {
    page.line(`  bring the newest back: oakum restore --undo    drop what is kept: ${FINALIZE}`);
  }
  if (page.verbose) origins(report, page);
}

function fields(report: StatusReport, page: Page): (readonly [string, Cell])[] {
  const { stack, database, app, migratesAtStart, backups } = report;
  return [
    ["stack", stackText(stack)],
    ["database", databaseText(database)],
    ["app", app ? appText(app) : { text: noAppText(report), tone: "warn" }],
    ["revision", revisionCell(report)],
    ...branchLines(report.revision),
    ...editedLines(report.revision, page),
    ...migratesAtStart.map(({ service, where }): readonly [string, Cell] => [
      "migrates too",
      { text: `${service} runs migrations whenever it starts (${where})`, tone: "warn" },
    ]),
    ["last backup", backupCell(backups, page)],
    ...changedLines(report.changed),
    ...journalLines(report),
  ];
}

function journalLines({ journal }: StatusReport): (readonly [string, Cell])[] {
  if (!journal) return [];
  return [["journal", { text: `${journal.text}\n${journal.hint}`, tone: "bad" }]];
}

/** `shop (/srv/shop)`. */
export function stackText({ project, workingDir }: StatusReport["stack"]): string {
  return workingDir ? `${project} (${workingDir})` : project;
}

function databaseText(database: StatusReport["database"]): string {
  const { service, name, server, bytes, user, superuser, inRecovery } = database;
  const version = server.split(" ")[0];
  const who = superuser ? "" : `, as ${user}, who is no superuser`;
  const recovery = inRecovery ? ", a standby: read only" : "";
  return `${name} in ${service}, PostgreSQL ${version}, ${size(bytes)}${who}${recovery}`;
}

function appText(
  { service, running, sameAs, newerImage }: NonNullable<StatusReport["app"]>,
): string {
  const also = sameAs.length > 0 ? `, same as ${sameAs.join(", ")}` : "";
  const newer = newerImage ? `; ${newerImage} is newer than what runs` : "";
  return `${service}${running ? "" : " (not running)"}${also}${newer}`;
}

function noAppText({ view }: StatusReport): string {
  const reasons = view.services.flatMap(({ service, whyNotApp }) =>
    whyNotApp === undefined ? [] : [`${service} ${whyNotApp}`]
  );
  const why = reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
  return `none that leads to this database${why}; what to do: oakum doctor`;
}

function revisionCell({ revision, revisionProblem }: StatusReport): Cell {
  if (revisionProblem) return { text: `unknown: ${revisionProblem}`, tone: "bad" };
  return revision ? standing(revision) : "unknown";
}

function standing(status: RevisionStatus): Cell {
  const { current, heads, pending, unknown, tablesWithoutVersion } = status;
  const at = revisions(current);
  if (unknown.length > 0) {
    const text = `${at}: the app has no file for ${unknown.join(", ")}; where the schema ` +
      "belongs: oakum doctor --locate";
    return { text, tone: "bad" };
  }
  const several = heads.length > 1 ? `; ${heads.length} heads: ${heads.join(", ")}` : "";
  if (pending.length > 0) {
    const made = tablesWithoutVersion ? `; ${MADE_ELSEWHERE}` : "";
    return { text: `${at}, ${pending.length} pending${several}${made}`, tone: "warn" };
  }
  return { text: `${at} (head)${several}`, tone: several ? "warn" : "good" };
}

const MADE_ELSEWHERE =
  "but there are tables, of a revision that nobody has noted: oakum doctor --locate";

function branchLines(revision: RevisionStatus | null): (readonly [string, Cell])[] {
  if (!revision?.branches) return [];
  const { branches } = revision;
  const lines = [...branchSentences(branches), `Join them: ${branches.merge}`];
  return [["branches", { text: lines.join("\n"), tone: "warn" }]];
}

/** A file that was only laid out anew is no news to a person. */
function editedLines(revision: RevisionStatus | null, page: Page): (readonly [string, Cell])[] {
  const edited = revision?.edited.filter(({ what }) => what !== "layout") ?? [];
  return edited.map(({ revision, appliedAt }) => {
    const when = page.time(new Date(appliedAt));
    const text = `${revision} was applied ${when}; its file was changed since`;
    return ["edited", { text, tone: "warn" }];
  });
}

const NOT_COMPARED = "nobody could compare it with what was known last; why: oakum doctor";

/** What is far off from what was known last: a person should look before anything else. */
function changedLines(changed: StatusReport["changed"]): (readonly [string, Cell])[] {
  if (!changed) return [["since then", { text: NOT_COMPARED, tone: "warn" }]];
  const texts = changedTexts(changed);
  if (texts.length === 0) return [];
  const text = [...texts, "see what to do: oakum doctor"].join("\n");
  return [["since then", { text, tone: "bad" }]];
}

function backupCell({ last, count: n, ...rest }: StatusReport["backups"], page: Page): Cell {
  const beside = besideText(rest);
  if (!last) {
    const text = `none of its own in ${rest.dir}${beside}; take one: oakum backup`;
    return { text: beside ? text : `none in ${rest.dir}; take one: oakum backup`, tone: "warn" };
  }
  const text = backupText(last, n, page) + beside;
  return last.state === "good" ? text : { text, tone: "bad" };
}

/** What lies there, too, and is no last backup. */
function besideText({ adopted, future }: Pick<StatusReport["backups"], "adopted" | "future">) {
  return [
    ...adopted > 0 ? [`; ${adopted} adopted`] : [],
    ...future > 0 ? [`; ${future} dated in the future`] : [],
  ].join("");
}

/** When the newest of so many backups was taken, its size and its proof. */
export function backupText(last: BackupLine, n: number, page: Page): string {
  const when = last.takenAt === null ? "?" : page.time(new Date(last.takenAt));
  const proof = last.verified === "restore"
    ? "restored"
    : last.verified === "read"
    ? "read"
    : "not verified";
  const of = n > 1 ? `, the newest of ${n}` : "";
  const state = last.state === "good" ? "" : `: ${last.state}`;
  return `${when}, ${size(last.bytes ?? 0)}, ${proof}${of}${state}`;
}

/** Offered where a database is kept on purpose. */
const FINALIZE = "oakum restore --finalize";

function leftoverLines({ name, text, bytes, since, active, command }: Leftover, page: Page): void {
  const much = bytes === null ? "" : `, ${size(bytes)}`;
  const when = since === null ? "" : `, since ${page.time(new Date(since))}`;
  const kept = command === FINALIZE;
  const what = active ? "at work" : kept ? "kept" : "left behind";
  const title = page.style(active || kept ? "dim" : "warn", printable(`${what}: ${name}`));
  page.line(title + printable(` (${text}${much}${when})`), 2);
  if (command && !kept) page.line(printable(`  ${command}`));
}

function origins({ origins, view }: StatusReport, page: Page): void {
  page.line();
  page.fields(Object.entries(origins));
  page.line(`${count(view.services.length, "service")}:`);
  for (const { service, addresses, whyNotApp } of view.services) {
    for (const { from, how, leadsTo, problem } of addresses) {
      const lead = agreeing(from, "leads", "lead");
      const where = `${leadsTo ?? "nothing known"} (${problem ?? how})`;
      page.line(printable(`  ${service}: ${from} ${lead} to ${where}`));
    }
    if (whyNotApp) page.line(printable(`  ${service}: ${whyNotApp}`));
  }
}
