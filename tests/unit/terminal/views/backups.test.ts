import assert from "node:assert/strict";
import type { BackupLine } from "../../../../src/reports/backups.ts";
import { showBackups } from "../../../../src/terminal/views/backups.ts";
import { width } from "../../../../src/terminal/width.ts";
import { written } from "./reports.ts";

const LINE: BackupLine = {
  ...{ id: "db_backup_20261122_143914", state: "good", problems: [], bytes: 1_400_000 },
  ...{ takenAt: "2026-11-22T14:39:14Z", verified: "none", revisions: ["c3d4e5f6a7b8"] },
  ...{ rows: 5, server: "17.5", reason: null, note: null, pinned: null },
  ...{ adopted: null, future: false },
};

type How = { terminal?: boolean; columns?: number };

const shown = (line: BackupLine, how: How) => shownAll([line], how);

function shownAll(backups: BackupLine[], how: How): string[] {
  const target = { project: "shop", service: "db", database: "shop" };
  const targets = [{ target, folder: "/srv/backups/shop", backups, loose: [] }];
  const report = { kind: "backups" as const, dir: "/srv/backups", targets };
  return written((page) => showBackups(report, page), how).split("\n");
}

Deno.test("showBackups() keeps revision, state and the start of the note at 80 columns", () => {
  const [heading = "", row = ""] = shown({ ...LINE, reason: "before upgrade to head" }, {});
  assert.ok(width(row) <= 80, row);
  assert.match(heading, /^BACKUP +SIZE +REVISION +STATE +NOTE$/);
  assert.match(
    row,
    /^db_backup_20261122_143914 +1\.4 MB +c3d4e5f6a7b8 +not verified +before upgrade/,
  );
});

Deno.test("showBackups() has no column of notes for a person where there are none", () => {
  const [heading = "", row = ""] = shown(LINE, {});
  assert.match(heading, /^BACKUP +TAKEN +SIZE +REVISION +STATE$/);
  assert.ok(width(row) <= 80, row);
});

Deno.test("showBackups() shows all of it where there is room, and the same fields in a pipe", () => {
  const [heading = ""] = shown({ ...LINE, note: "by hand" }, { columns: 120 });
  assert.match(heading, /TAKEN/);
  assert.equal(shown(LINE, { terminal: false })[0]?.split("\t").length, 6);
});

Deno.test("showBackups() lists what was adopted apart, with the date that it carries itself", () => {
  const adopted = (writtenAt: string | null) => ({
    ...LINE,
    ...{ id: "db_backup_20261127_090000", adopted: { file: "old.sql", writtenAt } },
  });
  const lines = [LINE, adopted("2024-02-29"), adopted(null)];
  const said = shownAll(lines, {});
  const apart = said.findIndex((line) => line.startsWith("Adopted from elsewhere"));
  assert.match(said[apart - 1]!, /^1 backup in \/srv\/backups\/shop$/);
  assert.match(said[apart + 1]!, /^BACKUP +WRITTEN/);
  assert.match(said[apart + 2]!, /^db_backup_20261127_090000 +2024-02-29 /);
  assert.match(said[apart + 3]!, /^db_backup_20261127_090000 +unknown /);
  const piped = shownAll(lines, { terminal: false });
  assert.deepEqual(piped.slice(1, 3).map((line) => line.split("\t")[1]), ["2024-02-29", "?"]);
});

Deno.test("showBackups() says of a time in the future that it is one", () => {
  const problem = "Its time lies in the future.";
  const said = shown({ ...LINE, future: true, problems: [problem] }, {});
  assert.match(said[1]!, / in the future$/);
  assert.ok(said.includes(`${LINE.id}: ${problem}`), said.join("\n"));
});
