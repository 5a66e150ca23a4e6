import assert from "node:assert/strict";
import type { StatusReport } from "../../../../src/reports/status.ts";
import { showStatus } from "../../../../src/terminal/views/status.ts";
import { written } from "./reports.ts";

const REPORT: StatusReport = {
  kind: "status",
  stack: { project: "shop", workingDir: "/srv/shop" },
  database: {
    ...{ service: "db", container: "shop-db-1", name: "shop", server: "17.5", bytes: 8_000_000 },
    ...{ user: "shop", superuser: true, inRecovery: false },
  },
  ...{ app: null, revision: null, revisionProblem: null, migratesAtStart: [] },
  backups: { dir: "/srv/backups", count: 0, last: null, adopted: 0, future: 0 },
  changed: {
    ...{ backup: null, takenAt: null, sameRevisions: false, gone: [], lost: [] },
    ...{ schema: [], schemaOf: null, collapsed: false },
  },
  ...{ leftovers: [], origins: {} },
  view: {
    stack: { project: "shop", workingDir: "/srv/shop", configFiles: [], running: true },
    ...{ from: "the folder /srv/shop", servers: [], services: [] },
  },
};

Deno.test("showStatus() says where nobody could compare, and nothing where all is as it was", () => {
  const shown = (report: StatusReport) => written((page) => showStatus(report, page));
  assert.doesNotMatch(shown(REPORT), /since then/);
  const text = shown({ ...REPORT, changed: null });
  assert.match(text.replaceAll(/\s+/g, " "), /since then nobody could compare it .*oakum doctor/);
});
