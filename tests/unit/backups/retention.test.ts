import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backup, DamagedBackup } from "../../../src/backups/list.ts";
import { isOwn } from "../../../src/backups/own.ts";
import {
  applyRetention,
  DEFAULT_POLICY,
  reasonKind,
  type RetentionPlan,
} from "../../../src/backups/retention.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { manifestOf, obligation } from "./support.ts";

type Listed = Backup | DamagedBackup;

interface Figures {
  /** Hours after the epoch of these tests. */
  hour: number;
  reason?: string | null;
  state?: Listed["state"];
  pinned?: boolean;
  proved?: boolean;
  adopted?: boolean;
}

const EPOCH = Date.parse("2026-11-01T00:00:00Z");
const instant = (hour: number) => new Date(EPOCH + hour * 3_600_000);
const NOW = instant(1000);

function listed(
  { hour, reason, state = "good", pinned, proved, adopted }: Figures,
  n: number,
): Listed {
  const id = `db_backup_20261101_${String(n).padStart(6, "0")}`;
  const error = new OakumError("manifest-damaged", "refused", "damaged");
  if (state === "damaged") return { state, id, folder: "/b", error };
  const takenAt = instant(hour).toISOString().replace(".000", "");
  const manifest = manifestOf(id, {
    takenAt,
    reason: reason === undefined ? "before upgrade 4f1c" : reason,
    suspect: state === "suspect" ? ["It has 0 tables; there were 9."] : [],
    pinned: pinned ? { at: takenAt, note: "kept" } : null,
    verified: { level: proved ? "restore" : "read", at: takenAt },
    ...adopted ? { adopted: { file: "seed.sql", writtenAt: null } } : {},
  });
  return { state, id, folder: "/b", manifest, problems: manifest.suspect };
}

const plan = (...figures: Figures[]) => applyRetention(figures.map(listed), DEFAULT_POLICY, NOW);
const hours = (from: number, to: number, more: Partial<Figures> = {}): Figures[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ hour: from + at, ...more }));

function removedHours({ remove }: RetentionPlan): number[] {
  return remove.map(({ manifest }) => (Date.parse(manifest.takenAt) - EPOCH) / 3_600_000);
}

obligation("applyRetention() keeps the newest five of each kind of reason", () => {
  const upgrades = hours(1, 7, { reason: "before upgrade 4f1c09ab" });
  const restores = hours(11, 16, { reason: "before restore" });
  assert.deepEqual(removedHours(plan(...upgrades, ...restores)), [11, 2, 1]);
});

obligation("applyRetention() counts other revisions as the same kind", () => {
  const figures = hours(1, 7).map((figure, n) => ({ ...figure, reason: `before upgrade ${n}abc` }));
  assert.deepEqual(removedHours(plan(...figures)), [2, 1]);
  assert.equal(reasonKind("before upgrade 4f1c, 8a2b"), "before upgrade");
  assert.equal(reasonKind("before upgrade"), "before upgrade");
  assert.equal(reasonKind("scheduled"), "scheduled");
});

obligation("applyRetention() never removes what a person took, pinned, or had proved last", () => {
  const figures = [
    { hour: 1, pinned: true },
    { hour: 2, proved: true },
    { hour: 3, proved: true },
    ...hours(4, 20, { reason: null }),
    ...hours(21, 26),
  ];
  const result = plan(...figures);
  assert.deepEqual(removedHours(result), [21, 2]);
  const words = new Map(result.keep.map(({ backup, reasons }) => [backup.id, reasons.join(", ")]));
  assert.equal(words.get("db_backup_20261101_000000"), "pinned");
  assert.equal(words.get("db_backup_20261101_000002"), "the newest proved by a restore");
  assert.equal(words.get("db_backup_20261101_000003"), "taken by hand");
  assert.equal(
    words.get("db_backup_20261101_000025"),
    "the newest good one, before upgrade, 1 of 5",
  );
});

obligation("applyRetention() counts only good ones, and leaves the others for a person", () => {
  const figures: Figures[] = [
    ...hours(1, 5),
    { hour: 6, state: "missing" },
    { hour: 7, state: "size" },
    { hour: 8, state: "suspect" },
    { hour: 9, state: "damaged" },
    { hour: 10 },
  ];
  const result = plan(...figures);
  assert.deepEqual(removedHours(result), [1]);
  const words = new Set(result.keep.flatMap(({ reasons }) => reasons));
  for (const word of ["file missing", "wrong size", "suspect", "damaged manifest"]) {
    assert.ok(words.has(word), word);
  }
});

obligation("applyRetention() removes nothing while the newest is suspect", () => {
  const result = plan(...hours(1, 9), { hour: 10, state: "suspect" });
  assert.deepEqual(result.remove, []);
  assert.equal(result.keep.length, 10);
  assert.match(result.stopped!, /looks like a collapse.*`oakum pin`/);
  assert.equal(plan(...hours(1, 9), { hour: 10, state: "suspect" }, { hour: 11 }).stopped, null);
});

obligation("applyRetention() is not led astray by a clock that was wrong once", () => {
  const result = plan(...hours(1, 6), ...hours(5001, 5009));
  assert.deepEqual(removedHours(result), [1], "the future ones neither go nor push others out");
  const late: Figures = { hour: 5000, state: "suspect" };
  assert.deepEqual(removedHours(plan(...hours(1, 6), late)), [1], "nor stop it for ever");
  const stopped = plan(...hours(1, 9), { hour: 10, state: "suspect" }, { hour: 5000 });
  assert.deepEqual(stopped.remove, [], "a good one from the future does not hide a suspect one");
});

obligation("applyRetention() keeps what was adopted, and counts it for nothing", () => {
  const adopted = hours(10, 20, { adopted: true, proved: true, reason: "before upgrade 4f1c" });
  const result = plan(...hours(1, 6), { hour: 0, proved: true }, ...adopted);
  assert.deepEqual(removedHours(result), [1], "the newest of its own stay, and the proved one");
  const words = new Map(result.keep.map(({ backup, reasons }) => [backup.id, reasons.join(", ")]));
  assert.equal(words.get("db_backup_20261101_000010"), "adopted");
  const suspect: Figures = { hour: 30, adopted: true, state: "suspect" };
  assert.equal(plan(...hours(1, 9), suspect).stopped, null, "it says nothing of the target");
});

const figure: fc.Arbitrary<Figures> = fc.record({
  hour: fc.nat({ max: 1100 }),
  reason: fc.constantFrom(
    null,
    "before upgrade a",
    "before upgrade b",
    "before restore",
    "scheduled",
  ),
  state: fc.constantFrom("good", "good", "good", "good", "suspect", "missing", "size", "damaged"),
  pinned: fc.boolean(),
  proved: fc.boolean(),
  adopted: fc.boolean(),
});
const history = fc.array(figure, { maxLength: 40 }).map((figures) => figures.map(listed));
const policy = fc.record({ ownPerKind: fc.nat({ max: 6 }) });
const timeOf = (backup: Backup) => Date.parse(backup.manifest.takenAt);

obligation(
  "applyRetention() never removes the newest good one, a pinned one or a doubtful one",
  () => {
    fc.assert(fc.property(history, policy, (backups, rules) => {
      const { remove } = applyRetention(backups, rules, NOW);
      const good = backups.filter((backup): backup is Backup =>
        backup.state === "good" && isOwn(backup.manifest)
      );
      const newest = Math.max(...good.map(timeOf));
      const newestNow = Math.max(...good.map(timeOf).filter((time) => time <= NOW.getTime()));
      for (const backup of remove) {
        assert.equal(backup.state, "good");
        assert.equal(backup.manifest.pinned, null);
        assert.ok(isOwn(backup.manifest));
        assert.ok(![newest, newestNow].includes(timeOf(backup)) || hasTwin(good, backup, remove));
      }
      if (good.length > 0) assert.ok(remove.length < good.length, "one good one always stays");
    }));
  },
);

/** Whether another good one of the same instant stays. */
function hasTwin(good: Backup[], backup: Backup, removed: readonly Backup[]): boolean {
  return good.some((other) => timeOf(other) === timeOf(backup) && !removed.includes(other));
}

obligation("applyRetention() keeps or removes each one, with a reason for what it keeps", () => {
  fc.assert(fc.property(history, policy, (backups, rules) => {
    const { keep, remove } = applyRetention(backups, rules, NOW);
    const ids = [...keep.map(({ backup }) => backup.id), ...remove.map(({ id }) => id)];
    assert.deepEqual(ids.toSorted(), backups.map(({ id }) => id).toSorted());
    assert.ok(keep.every(({ reasons }) => reasons.length > 0));
  }));
});

obligation("applyRetention() removes nothing more when it is asked again", () => {
  fc.assert(fc.property(history, policy, (backups, rules) => {
    const first = applyRetention(backups, rules, NOW);
    const again = applyRetention(first.keep.map(({ backup }) => backup), rules, NOW);
    assert.deepEqual(again.remove, []);
  }));
});

obligation("applyRetention() does not depend on the order in which it is given backups", () => {
  fc.assert(fc.property(history, policy, fc.infiniteStream(fc.nat()), (backups, rules, keys) => {
    const shuffled = backups.map((backup) => ({ backup, key: keys.next().value! }))
      .toSorted((a, b) => a.key - b.key).map(({ backup }) => backup);
    const ids = (plan: RetentionPlan) => plan.remove.map(({ id }) => id);
    assert.deepEqual(
      ids(applyRetention(shuffled, rules, NOW)),
      ids(applyRetention(backups, rules, NOW)),
    );
  }));
});
