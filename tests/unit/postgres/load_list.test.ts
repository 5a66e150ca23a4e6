import assert from "node:assert/strict";
import { listWithout, withoutRows } from "../../../src/postgres/load_list.ts";

Deno.test("listWithout() leaves out extensions, what is said of them, and the schemas that are made", () => {
  const kept = [
    "; a comment",
    "7; 2615 16390 SCHEMA - ext more postgres",
    "8; 2615 16391 SCHEMA - extra postgres",
    "9; 0 0 COMMENT - SCHEMA ext postgres",
    "10; 1259 16392 TABLE public EXTENSION postgres",
  ];
  const left = [
    "2; 3079 16385 EXTENSION - pg_trgm ",
    "3; 0 0 COMMENT - EXTENSION pg_trgm ",
    "6; 2615 16389 SCHEMA - ext postgres",
  ];
  assert.equal(listWithout([...kept, ...left].join("\n"), ["ext"]), kept.join("\n"));
});

Deno.test("withoutRows() leaves out the rows of a view, and neither the view nor its like", () => {
  const kept = [
    "7; 1259 16390 MATERIALIZED VIEW public My sums postgres",
    "8; 0 16391 MATERIALIZED VIEW DATA public My sums too postgres",
    "9; 0 16392 MATERIALIZED VIEW DATA other My sums postgres",
  ];
  const left = "10; 0 16390 MATERIALIZED VIEW DATA public My sums postgres";
  const list = [...kept.slice(0, 1), left, ...kept.slice(1)].join("\n");
  assert.equal(withoutRows(list, ['public."My sums too"']).split("\n").length, 3);
  assert.deepEqual(withoutRows(kept[2] + "\n" + left, ['public."My sums"']).split("\n"), [kept[2]]);
});
