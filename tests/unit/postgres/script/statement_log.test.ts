import assert from "node:assert/strict";
import { StatementLog } from "../../../../src/postgres/script/statement_log.ts";
import { statementOf } from "./read.ts";

Deno.test("StatementLog remembers the last of very many statements, and forgives none of the others", () => {
  const log = new StatementLog();
  const drop = statementOf("DROP TABLE t;");
  const count = 150_000;
  for (let line = 1; line <= count; line++) {
    log.add({ ...drop, line, endLine: line }, "DROP TABLE t;");
  }
  const known = Array.from({ length: count }, (_, at) => log.find(at + 1, count + 1))
    .filter((one) => one !== undefined);
  assert.ok(known.length <= 100_000);
  assert.equal(log.find(1, count + 1), undefined);
  for (const line of [count - 40_000, count]) {
    const found = log.find(line, count + 1);
    assert.deepEqual([found?.line, found?.head], [line, "DROP TABLE t"]);
    assert.notEqual(found?.tolerated, undefined);
  }
});
