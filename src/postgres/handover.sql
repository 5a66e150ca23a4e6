-- What a manifest's ownership means in this database: each thing as the server itself knows and
-- writes it, with the rights taken apart. Nothing of the texts is trusted: a name that leads nowhere
-- is an error, and what is not the database's own is told apart by the catalogues.
-- $1: `things` of the ownership as JSON; $2: extensions whose rights may be given.
WITH wanted AS MATERIALIZED (
  SELECT at, t->>'type' AS type, t->>'column' AS "column", t->>'owner' AS owner,
    ARRAY(SELECT jsonb_array_elements_text(t->'names')) AS names,
    ARRAY(SELECT jsonb_array_elements_text(coalesce(t->'args', '[]'))) AS args,
    CASE WHEN t ? 'acl' THEN ARRAY(SELECT jsonb_array_elements_text(t->'acl'))::aclitem[] END AS acl
  FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY u(t, at)
),
placed AS MATERIALIZED (
  SELECT w.*, a.classid, a.objid, i.type AS kind, i.identity,
    (SELECT x.extname FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
     WHERE d.classid = a.classid AND d.objid = a.objid AND d.deptype = 'e') AS of
  FROM wanted w, pg_get_object_address(w.type, w.names, w.args) a,
    pg_identify_object(a.classid, a.objid, 0) i
)
SELECT kind, identity, "column", owner, of,
  -- A database, a role or a tablespace is the server's.
  objid >= 16384 AND of IS NULL AND EXISTS (SELECT FROM pg_class s WHERE s.oid = classid AND NOT s.relisshared)
    OR classid = 'pg_namespace'::regclass AND objid = to_regnamespace('public') AS own,
  of = ANY($2::text[]) AS harmless,
  -- One that belongs to a column goes with its table.
  EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = placed.objid
    AND placed.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i') AND kind = 'sequence') AS follows,
  CASE WHEN acl IS NOT NULL THEN
    (SELECT coalesce(jsonb_agg(jsonb_build_object('grantor', pg_get_userbyid(x.grantor),
      'grantee', CASE WHEN x.grantee <> 0 THEN pg_get_userbyid(x.grantee) END,
      'privilege', x.privilege_type, 'grantable', x.is_grantable)), '[]') FROM aclexplode(acl) x) END
    AS grants
-- What is given on a schema is needed to give more in it; a table's REVOKE takes its columns' rights.
FROM placed ORDER BY kind <> 'schema', "column" IS NOT NULL, at
