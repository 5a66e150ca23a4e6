import assert from "node:assert/strict";
import { colourStyle, plainStyle } from "../../../src/terminal/style.ts";
import { alignedLines, type Table, tsvLines } from "../../../src/terminal/table.ts";
import { width } from "../../../src/terminal/width.ts";

const TABLE: Table = {
  columns: [
    { title: "BACKUP", shrink: true },
    { title: "SIZE", align: "right" },
    { title: "NOTE" },
  ],
  rows: [
    ["db_backup_20261122_143914", "1.4 MB", { text: "good", tone: "good" }],
    ["注文", "23 GB", ""],
  ],
};

Deno.test("alignedLines() aligns columns, wide characters included", () => {
  assert.deepEqual(alignedLines(TABLE, 80, plainStyle), [
    "BACKUP                       SIZE  NOTE",
    "db_backup_20261122_143914  1.4 MB  good",
    "注文                        23 GB",
  ]);
});

Deno.test("alignedLines() shrinks what may shrink until the table fits", () => {
  const lines = alignedLines(TABLE, 30, plainStyle);
  assert.ok(lines.every((line) => width(line) <= 30), lines.join("\n"));
  assert.equal(lines[1], "db_backup_20261…  1.4 MB  good");
});

Deno.test("alignedLines() leaves out what is spare where shrinking is not enough", () => {
  const table: Table = {
    columns: [{ title: "ID" }, { title: "AT", spare: true }, {
      title: "NOTE",
      shrink: true,
      least: 8,
    }],
    rows: [["shop_1", "15:39", "before the upgrade"]],
  };
  assert.equal(alignedLines(table, 23, plainStyle)[1], "shop_1  15:39  before …");
  assert.equal(alignedLines(table, 22, plainStyle)[1], "shop_1  before the up…");
  assert.equal(alignedLines(table, 12, plainStyle)[1], "shop_1  before …");
});

Deno.test("alignedLines() aligns by text, not by colours", () => {
  const [, row = ""] = alignedLines(TABLE, 80, colourStyle);
  assert.ok(row.endsWith(colourStyle("good", "good")), row);
});

Deno.test("tsvLines() gives bare values, one row a line, whatever is in them", () => {
  const table = { ...TABLE, rows: [["a\tb\nc", "1", { text: "x", tone: "bad" as const }]] };
  assert.deepEqual(tsvLines(table), ["a\\tb\\nc\t1\tx"]);
});

Deno.test("alignedLines() shows escape sequences of untrusted names", () => {
  const table = { columns: [{ title: "NAME" }], rows: [["\x1b[2Jshop"]] };
  assert.equal(alignedLines(table, 80, plainStyle)[1], "\\x1b[2Jshop");
});
