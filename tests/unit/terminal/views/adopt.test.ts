import assert from "node:assert/strict";
import type { Manifest } from "../../../../src/backups/manifest.ts";
import type { Adopted } from "../../../../src/reports/adopt.ts";
import { showAdopted } from "../../../../src/terminal/views/adopt.ts";
import { written } from "./reports.ts";

const ADOPTED: Adopted = {
  ...{ file: "/d/all.sql", built: "shop", whole: true, doubt: "", left: [] },
  backup: {
    kind: "backup",
    folder: "/srv/backups/shop/db.shop",
    manifest: {
      id: "db_backup_20261129_120000",
      target: { project: "shop", service: "db", database: "shop" },
      ...{ tables: [{ schema: "public", name: "items", rows: 1 }], suspect: [], migrations: null },
      dump: { file: "db_backup_20261129_120000.dump", bytes: 2_000_000 },
      verified: { level: "restore", at: "2026-11-29T12:00:50Z" },
    } as unknown as Manifest,
    ...{ tookMs: 4500, previous: null, expired: [], warnings: [] },
  },
};

const text = (adopted: Partial<Adopted>) =>
  written((page) => {
    const report = { kind: "adopt", planned: [], failed: [] } as const;
    showAdopted({ ...report, adopted: [{ ...ADOPTED, ...adopted }] }, page);
  }).replaceAll(/\s+/g, " ");

Deno.test("adopt must say which database it took, and what else the file holds", () => {
  assert.match(
    text({}),
    /^\/d\/all\.sql was loaded in a sandbox, and what it built was backed up:/,
  );
  assert.doesNotMatch(text({}), /Not in the backup|whole/);
  const several = text({ left: [{ name: "wiki", tables: 1, rows: 3 }] });
  assert.match(several, /and its database shop was backed up:/);
  assert.match(several, /Not in the backup: the file's database wiki, with 1 table and 3 rows\./);
});

Deno.test("adopt must say where nothing marks the end of what it took", () => {
  const doubt = "it is not by pg_dump, so nothing marks its end";
  assert.match(
    text({ whole: null, doubt }),
    /Whether the file is whole is not known: it is not by/,
  );
});
