import assert from "node:assert/strict";
import fc from "fast-check";
import { collapseOfTheRest, collapseReasons } from "../../../src/backups/collapse.ts";
import type { Manifest } from "../../../src/backups/manifest.ts";
import { manifestOf, obligation } from "./support.ts";

const BEFORE = manifestOf("db_backup_20261121_030000");

interface Figures {
  dump?: number;
  database?: number;
  rows?: number[];
  compression?: string;
}

function backup(id: string, { dump, database, rows, compression }: Figures): Manifest {
  const own = manifestOf(id);
  return {
    ...own,
    dump: {
      ...own.dump,
      bytes: dump ?? own.dump.bytes,
      compression: compression ?? own.dump.compression,
    },
    database: { ...own.database, bytes: database ?? own.database.bytes },
    tables: rows?.map((n, at) => ({ schema: "public", name: `t${at}`, rows: n })) ?? own.tables,
  };
}

const now = (figures: Figures) => backup("db_backup_20261122_030000", figures);
const before = (figures: Figures) => backup(BEFORE.id, figures);

obligation(
  "collapseReasons() has nothing to say of a first backup, nor of one like the last",
  () => {
    assert.deepEqual(collapseReasons(BEFORE, undefined), []);
    assert.deepEqual(collapseReasons(now({}), BEFORE), []);
  },
);

obligation("collapseReasons() says with numbers what more than halved", () => {
  const next = now({ dump: 13_000, rows: [10] });
  const last = before({ dump: 11_000_000, rows: [9_000, 1_000, 0] });
  const end = ' in the backup before it, "db_backup_20261121_030000".';
  assert.deepEqual(collapseReasons(next, last), [
    `It has 1 table; there were 3${end}`,
    `Its tables have 10 rows together; there were 10000${end}`,
    `Its dump has 13 kB; there were 11 MB${end}`,
  ]);
});

obligation("collapseReasons() lets a half go, and takes less than a half", () => {
  const last = before({ dump: 1_000_000, rows: [500, 500] });
  assert.deepEqual(collapseReasons(now({ dump: 500_000, rows: [500] }), last), []);
  assert.equal(collapseReasons(now({ dump: 499_999 }), last).length, 1);
  assert.equal(collapseReasons(now({ rows: [499, 0] }), last).length, 1);
});

obligation("collapseReasons() finds a database that was emptied, however the sizes look", () => {
  assert.equal(collapseReasons(now({ rows: [] }), before({ rows: [1] })).length, 1);
  assert.equal(collapseReasons(now({ rows: [0, 0] }), before({ rows: [50, 0] })).length, 1);
});

obligation("collapseReasons() is not alarmed by halves of what is small anyway", () => {
  assert.deepEqual(collapseReasons(now({ dump: 10_000 }), before({ dump: 63_000 })), []);
  assert.deepEqual(collapseReasons(now({ rows: [1, 1] }), before({ rows: [40, 9] })), []);
  const other = { compression: "gzip:1" };
  assert.deepEqual(
    collapseReasons(now({ database: 8e6, ...other }), before({ database: 20e6 })),
    [],
  );
});

obligation("collapseReasons() compares dumps only where they were written alike", () => {
  const plain = { dump: 400_000, compression: "gzip:9" };
  assert.deepEqual(collapseReasons(now(plain), before({ dump: 1_000_000 })), []);
  const shrunk = collapseReasons(now({ ...plain, database: 9e6 }), before({ database: 90e6 }));
  assert.equal(shrunk.length, 1);
  assert.match(shrunk[0]!, /^Its database had 9\.0 MB; there were 90 MB/);
});

obligation("collapseReasons() does not take the end of bloat for a loss of data", () => {
  assert.deepEqual(collapseReasons(now({ database: 20e6 }), before({ database: 900e6 })), []);
});

obligation("collapseReasons() never minds growth", () => {
  const figures = fc.record({
    dump: fc.nat(),
    database: fc.nat(),
    rows: fc.array(fc.nat({ max: 1e6 }), { maxLength: 5 }),
  });
  fc.assert(fc.property(figures, fc.nat(), fc.nat(), fc.nat(), (small, dump, database, rows) => {
    const grown = {
      dump: small.dump + dump,
      database: small.database + database,
      rows: [...small.rows, rows],
    };
    assert.deepEqual(collapseReasons(now(grown), before(small)), []);
  }));
});

obligation("collapseOfTheRest() lets tables go, but not the rows of those that are left", () => {
  const last = before({ dump: 1_000_000, rows: [1_000, 9_000] });
  assert.deepEqual(collapseOfTheRest(now({ dump: 100_000, rows: [1_000] }), last), []);
  assert.deepEqual(collapseOfTheRest(now({ rows: [0] }), last), [
    'Its tables have 0 rows together; there were 1000 in the same ones of "db_backup_20261121_030000".',
  ]);
});
