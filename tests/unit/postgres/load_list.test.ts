import assert from "node:assert/strict";
import { listWithout } from "../../../src/postgres/load_list.ts";

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
