import type {
  CopyPicture,
  CopyRelation,
  TableStatistics,
} from "../../../../src/operations/rehearse/picture.ts";
import type { TracedStatement } from "../../../../src/reports/rehearsal.ts";

/** A relation of a picture. */
export function relation(given: Partial<CopyRelation> & Pick<CopyRelation, "oid">): CopyRelation {
  const { oid } = given;
  return {
    ...{
      name: `public.r${oid}`,
      kind: "r",
      filenode: oid,
      bytes: 8192,
      table: null,
      root: null,
      valid: null,
      columns: null,
    },
    ...given,
  };
}

/** A table as it is counted. */
export function counts(given: Partial<TableStatistics> & Pick<CopyRelation, "oid">) {
  const none = { inserted: 0, updated: 0, deleted: 0, scanned: 0 };
  return { rows: 100, live: 100, bytes: 16384, ...none, ...given };
}

/** A picture of a database with these relations. */
export function picture(given: Partial<CopyPicture>): CopyPicture {
  return {
    heads: ["aaaa1"],
    fingerprint: { sha256: "", rows: [] },
    ...{ relations: [], tables: [], wal: 1000, walSkipsFrom: null, bytes: 50_000 },
    ...given,
  };
}

/** A statement of a revision. */
export function statement(sql: string, given: Partial<TracedStatement> = {}): TracedStatement {
  return { sql, ms: 1, rows: 0, count: 1, autocommit: false, file: null, line: null, ...given };
}
