import type {
  MeasuredStep,
  RehearsalReport,
  RehearsedRevision,
} from "../../../src/reports/rehearsal.ts";

/** A step that took a tenth of a second and touched nothing that others use. */
export function measured(given: Partial<MeasuredStep> = {}): MeasuredStep {
  return {
    tookMs: 100,
    statements: [],
    locks: [],
    tables: [],
    indexes: [],
    walBytes: 0,
    grewBytes: 0,
    committedInside: false,
    ...given,
  };
}

/** A revision that was applied, undone without loss, and applied again. */
export function revision(id: string, given: Partial<RehearsedRevision> = {}): RehearsedRevision {
  return {
    revision: id,
    doc: `Revision ${id}`,
    file: `/srv/app/versions/${id}.py`,
    sha256: `sha of ${id}`,
    upgrade: measured(),
    failure: null,
    changes: [],
    changeHashes: [],
    lost: [],
    fingerprintBefore: "before",
    fingerprintAfter: `after ${id}`,
    downgrade: {
      verdict: "lossless",
      measured: measured(),
      failure: null,
      differences: [],
      lost: [],
    },
    again: { same: true, failure: null, differences: [] },
    findings: [],
    ...given,
  };
}

/** A rehearsal that passed. */
export function rehearsal(given: Partial<RehearsalReport> = {}): RehearsalReport {
  return {
    kind: "rehearsal",
    target: { project: "shop", service: "db", database: "shop" },
    app: "web",
    verdict: "passed",
    from: [],
    to: ["aaaa1"],
    data: { source: "backup", name: "db_backup_1", takenAt: "2026-11-22T02:00:00Z", bytes: 1e6 },
    image: { name: "shop:1", id: "sha256:1" },
    fingerprint: "before",
    scripts: "files",
    settings: "set",
    revisions: [revision("aaaa1")],
    drift: null,
    trials: [],
    findings: [],
    rehearsedAt: "2026-11-22T10:00:00Z",
    tookMs: 1000,
    copyMs: 500,
    takenBack: [],
    unseen: [],
    warnings: [],
    ...given,
  };
}
