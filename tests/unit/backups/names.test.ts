import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dumpExtension,
  freeStem,
  globalsName,
  manifestName,
  markerName,
  parseTemporary,
  stemOf,
  temporaryName,
} from "../../../src/backups/names.ts";
import { obligation } from "./support.ts";

const AT = new Date("2026-11-22T14:39:14.900Z");

obligation("freeStem() names the second of the snapshot, in UTC", () => {
  assert.equal(freeStem(AT, []), "db_backup_20261122_143914");
});

obligation("freeStem() never gives a stem that any file has, whatever its extension", () => {
  for (const name of [".dump", ".sql", ".sql.gz", ".globals.sql", ".json"]) {
    const taken = ["db_backup_20261122_143914" + name, "db_backup_20261122_143914_2.json"];
    assert.equal(freeStem(AT, taken), "db_backup_20261122_143914_3");
  }
});

obligation("stemOf() knows a backup's files and nothing else", () => {
  const stem = "db_backup_20261122_143914";
  for (const extension of [".dump", ".sql", ".sql.gz"]) {
    assert.equal(stemOf(stem + extension), stem);
    assert.equal(stemOf(`${stem}_12${extension}`), `${stem}_12`);
  }
  assert.equal(stemOf(globalsName(stem)), stem);
  assert.equal(stemOf(manifestName(stem)), stem);
  const others = [
    stem,
    `${stem}.dump.bak`,
    `x${stem}.dump`,
    "db_backup_latest.sql",
    `${stem}.tar`,
    `.${stem}.json`,
    temporaryName("a1", `${stem}.dump`),
    markerName("a1", stem),
    "journal.jsonl",
  ];
  for (const name of others) assert.equal(stemOf(name), undefined, name);
});

obligation("dumpExtension() follows format and compression", () => {
  assert.equal(dumpExtension({ format: "custom", compression: "zstd:1" }), ".dump");
  assert.equal(dumpExtension({ format: "plain", compression: "none" }), ".sql");
  assert.equal(dumpExtension({ format: "plain", compression: "gzip:1" }), ".sql.gz");
  assert.throws(() => dumpExtension({ format: "plain", compression: "zstd:1" }), /"zstd:1"/);
});

obligation("parseTemporary() reads back what temporaryName() and markerName() wrote", () => {
  const run = fc.stringMatching(/^[0-9a-f]{10}$/);
  const file = fc.stringMatching(/^db_backup_[0-9]{8}_[0-9]{6}(_[0-9]+)?$/);
  fc.assert(fc.property(run, file, (id, stem) => {
    const data = parseTemporary(temporaryName(id, `${stem}.dump`));
    assert.deepEqual(data, { run: id, fileName: `${stem}.dump`, marks: undefined });
    assert.equal(parseTemporary(markerName(id, stem))?.marks, stem);
  }));
});

obligation("parseTemporary() takes no other file for a temporary one", () => {
  const names = [
    ".lock",
    ".gitignore",
    "journal.jsonl",
    ".oakum-tmp-",
    ".oakum-tmp-a1-",
    ".x-a1-b",
  ];
  for (const name of names) assert.equal(parseTemporary(name), undefined, name);
});
