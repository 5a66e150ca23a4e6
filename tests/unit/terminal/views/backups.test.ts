import assert from "node:assert/strict";
import type { BackupLine } from "../../../../src/reports/backups.ts";
import { showBackups } from "../../../../src/terminal/views/backups.ts";
import { width } from "../../../../src/terminal/width.ts";
import { written } from "./reports.ts";

const LINE: BackupLine = {
  ...{ id: "db_backup_20261122_143914", state: "good", problems: [], bytes: 1_400_000 },
  ...{ takenAt: "2026-11-22T14:39:14Z", verified: "none", revisions: ["c3d4e5f6a7b8"] },
  ...{ rows: 5, server: "17.5", reason: null, note: null, pinned: null },
};

function shown(line: BackupLine, how: { terminal?: boolean; columns?: number }): string[] {
  const target = { project: "shop", service: "db", database: "shop" };
  const targets = [{ target, folder: "/srv/backups/shop", backups: [line], loose: [] }];
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
