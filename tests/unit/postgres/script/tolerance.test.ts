import assert from "node:assert/strict";
import { tolerated } from "../../../../src/postgres/script/tolerance.ts";
import { statementOf } from "./read.ts";

function isTolerated(script: string, sqlState: string): boolean {
  const found = tolerated(statementOf(script));
  return found === "any" || (found?.has(sqlState) ?? false);
}

Deno.test("tolerated() passes over what an empty server explains", () => {
  const cases: [script: string, sqlState: string][] = [
    ["DROP TABLE public.t;", "42P01"],
    ["DROP ROLE postgres;", "55006"],
    ["DROP DATABASE shop;", "55006"],
    ["ALTER TABLE ONLY public.t DROP CONSTRAINT t_pkey;", "42P01"],
    ['ALTER TABLE IF EXISTS "s"."t" DROP CONSTRAINT c;', "3F000"],
    ["ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;", "42P01"],
    ["ALTER TABLE public.t ALTER id DROP IDENTITY IF EXISTS;", "42703"],
    ["ALTER DOMAIN d DROP CONSTRAINT c;", "42704"],
    ["CREATE ROLE postgres;", "42710"],
    ["CREATE DATABASE shop;", "42P04"],
    ["CREATE SCHEMA public;", "42P06"],
    ["CREATE PROCEDURAL LANGUAGE plpgsql;", "42710"],
    ["CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE plpgsql;", "42710"],
    ["CREATE EXTENSION plpgsql WITH SCHEMA pg_catalog;", "42710"],
    ["CREATE TABLESPACE fast LOCATION '/mnt/fast';", "58P01"],
    ["SET default_tablespace = fast;", "22023"],
    ["SET transaction_timeout = 0;", "42704"],
    ["GRANT ALL ON TABLESPACE fast TO a;", "42704"],
    ["GRANT pg_maintain TO a;", "42704"],
    ["SELECT * FROM pg_catalog.pg_restore_relation_stats('version', 180000);", "42883"],
  ];
  for (const [script, state] of cases) assert.equal(isTolerated(script, state), true, script);
});

Deno.test("tolerated() goes by the statement's own words, and forgives no loss", () => {
  const cases: [script: string, sqlState: string][] = [
    ["ALTER TABLE t ADD CONSTRAINT c CHECK (missing_fn(a) <> 'a DROP b');", "42883"],
    ['ALTER TABLE t ADD COLUMN "DROP" int;', "42P01"],
    ["ALTER TABLE t DROP COLUMN a, ADD COLUMN b int;", "42P01"],
    ['ALTER TABLE "DROP" ADD COLUMN b int;', "42P01"],
    ["ALTER TABLE t ALTER a SET DEFAULT missing();", "42883"],
    ["CREATE TABLE t (a missing);", "42704"],
    ["CREATE SCHEMA s CREATE TABLE t (a int);", "42P06"],
    ["CREATE EXTENSION postgis;", "0A000"],
    ["CREATE TYPE public.language AS ENUM ('en');", "42710"],
    ["CREATE TRIGGER extension BEFORE INSERT ON t EXECUTE FUNCTION f();", "42710"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1';", "42710"],
    ["CREATE USER MAPPING FOR a SERVER s;", "42710"],
    ["SET SESSION AUTHORIZATION a;", "22023"],
    ["SET default_table_access_method = columnar;", "22023"],
    ["GRANT SELECT ON missing TO a;", "42P01"],
    ["GRANT ALL ON SCHEMA tablespace TO a;", "3F000"],
    ["INSERT INTO missing VALUES ('DROP');", "42P01"],
    ["SELECT * FROM public.pg_restore_relation_stats();", "42883"],
    ["SELECT missing('pg_restore_relation_stats');", "42883"],
    ["COPY missing FROM stdin;\n\\.", "42P01"],
    ["COMMENT ON TABLE t IS 'DROP';", "42P01"],
  ];
  for (const [script, state] of cases) assert.equal(isTolerated(script, state), false, script);
});
