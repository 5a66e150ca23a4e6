import assert from "node:assert/strict";
import { rolesOf } from "../../../../src/postgres/script/roles.ts";
import { statementOf } from "./read.ts";

Deno.test("rolesOf() hears every role wherever PostgreSQL's grammar lets one stand", () => {
  const cases: [script: string, ...roles: string[]][] = [
    ["ALTER TABLE public.x OWNER TO Alice;", "alice"],
    ['ALTER FUNCTION f(a int, b "to") OWNER TO "Odd ""Owner";', 'Odd "Owner'],
    ["ALTER DATABASE shop OWNER TO a;", "a"],
    ["ALTER TABLE x RENAME TO y;"],
    ["ALTER SEQUENCE s OWNED BY public.t.id;"],
    [
      "GRANT SELECT, UPDATE (a, b) ON TABLE public.t TO a, GROUP b, PUBLIC WITH GRANT OPTION;",
      "a",
      "b",
    ],
    ["REVOKE ALL ON SCHEMA s FROM a GRANTED BY b CASCADE;", "a", "b"],
    ["GRANT a, b TO c WITH ADMIN OPTION, INHERIT TRUE GRANTED BY d;", "a", "b", "c", "d"],
    ["GRANT pg_monitor TO metrics GRANTED BY postgres;", "metrics", "postgres"],
    ["GRANT SELECT ON t TO CURRENT_USER;"],
    ["GRANT EXECUTE ON FUNCTION f(x text, y int) TO caller;", "caller"],
    [
      "ALTER DEFAULT PRIVILEGES FOR ROLE a, b IN SCHEMA s GRANT SELECT ON TABLES TO c;",
      "a",
      "b",
      "c",
    ],
    ["ALTER DEFAULT PRIVILEGES FOR USER a REVOKE ALL ON TABLES FROM PUBLIC;", "a"],
    ["CREATE SCHEMA AUTHORIZATION a;", "a"],
    ["CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION a;", "a"],
    [
      "CREATE POLICY p ON public.t AS RESTRICTIVE FOR SELECT TO anon, app USING ((a = 'TO x'));",
      "anon",
      "app",
    ],
    ["ALTER POLICY p ON t TO a;", "a"],
    ["ALTER POLICY p ON t RENAME TO q;"],
    ["CREATE USER MAPPING IF NOT EXISTS FOR a SERVER s OPTIONS (user 'x');", "a"],
    ["CREATE USER MAPPING FOR PUBLIC SERVER s;"],
    ["ALTER USER MAPPING FOR a SERVER s OPTIONS (SET user 'x');", "a"],
    ["DROP USER MAPPING FOR a SERVER s;", "a"],
    ["SET SESSION AUTHORIZATION 'app7';", "app7"],
    ["SET LOCAL SESSION AUTHORIZATION app7;", "app7"],
    ["SET SESSION AUTHORIZATION DEFAULT;"],
    ["SET ROLE a;", "a"],
    ["SET LOCAL ROLE 'a b';", "a b"],
    ["SET ROLE NONE;"],
    ["CREATE DATABASE d WITH OWNER = a ENCODING 'UTF8';", "a"],
    ["CREATE TABLESPACE t OWNER a LOCATION '/x';", "a"],
    ["REASSIGN OWNED BY a, b TO c;", "a", "b", "c"],
    ["DROP OWNED BY a;", "a"],
    ["COMMENT ON ROLE a IS 'x';", "a"],
    ["SECURITY LABEL FOR p ON ROLE a IS 'x';", "a"],
    ["ALTER ROLE a IN DATABASE d SET search_path TO b;", "a"],
    ["ALTER ROLE ALL SET work_mem TO '1MB';"],
    ["CREATE ROLE a NOLOGIN IN ROLE b, c ADMIN d;", "b", "c", "d"],
    ["CREATE ROLE role;"],
    ["ALTER GROUP g ADD USER u;", "g", "u"],
    ["DROP ROLE IF EXISTS a;"],
    ["INSERT INTO t VALUES ('ALTER TABLE x OWNER TO ghost;');"],
    ["COMMENT ON TABLE t IS 'GRANT SELECT ON t TO ghost';"],
    ['ALTER TABLE t OWNER TO "größer";', "größer"],
  ];
  for (const [script, ...roles] of cases) {
    assert.deepEqual(rolesOf(statementOf(script)).named.toSorted(), roles.toSorted(), script);
  }
});

Deno.test("rolesOf() knows the role that a statement makes", () => {
  assert.equal(rolesOf(statementOf("CREATE ROLE a LOGIN;")).made, "a");
  assert.equal(rolesOf(statementOf('CREATE USER "B";')).made, "B");
  assert.equal(rolesOf(statementOf("CREATE USER MAPPING FOR a SERVER s;")).made, undefined);
});
