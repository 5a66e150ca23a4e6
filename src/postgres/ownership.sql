-- Who owns what in a database and who may do what with it, as data: addresses that
-- pg_get_object_address takes, names of roles, and rights in the server's own notation.
-- Run it with search_path = pg_catalog.
WITH
extension_member AS MATERIALIZED (
  SELECT d.classid, d.objid, x.extname FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
  WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
),
thing(classid, objid, owner, acl) AS (
  SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl FROM pg_namespace
  WHERE nspname !~ '^pg_(temp|toast)'
  UNION ALL
  SELECT 'pg_class'::regclass, oid, relowner, relacl FROM pg_class
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't'
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, proowner, proacl FROM pg_proc
  UNION ALL
  -- What belongs to a table, a range or an element type goes where that goes.
  SELECT 'pg_type'::regclass, t.oid, typowner, typacl
  FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE typtype IN ('b', 'd', 'e', 'r') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
     OR typtype = 'c' AND c.relkind = 'c'
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner, NULL FROM pg_operator
  UNION ALL SELECT 'pg_opclass'::regclass, oid, opcowner, NULL FROM pg_opclass
  UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfowner, NULL FROM pg_opfamily
  UNION ALL SELECT 'pg_collation'::regclass, oid, collowner, NULL FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner, NULL FROM pg_conversion
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner, NULL FROM pg_ts_dict
  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner, NULL FROM pg_ts_config
  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner, NULL FROM pg_statistic_ext
  UNION ALL SELECT 'pg_publication'::regclass, oid, pubowner, NULL FROM pg_publication
  UNION ALL SELECT 'pg_event_trigger'::regclass, oid, evtowner, NULL FROM pg_event_trigger
  UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner, srvacl FROM pg_foreign_server
  UNION ALL SELECT 'pg_language'::regclass, oid, lanowner, lanacl FROM pg_language
  UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomowner, lomacl FROM pg_largeobject_metadata
),
-- With what the rights were when it was made.
known AS MATERIALIZED (
  SELECT t.*, m.extname, i.initprivs AS was,
    t.classid = 'pg_namespace'::regclass AND t.objid = to_regnamespace('public') AS is_public,
    t.objid >= 16384 AND m.extname IS NULL
      OR t.classid = 'pg_namespace'::regclass AND t.objid = to_regnamespace('public') AS own
  FROM thing t
  LEFT JOIN extension_member m ON m.classid = t.classid AND m.objid = t.objid
  LEFT JOIN pg_init_privs i ON i.classoid = t.classid AND i.objoid = t.objid AND i.objsubid = 0
),
-- The role that most of it belongs to need not be said again and again.
most AS MATERIALIZED (
  SELECT owner FROM known
  WHERE own AND NOT is_public GROUP BY owner
  ORDER BY count(*) DESC, pg_get_userbyid(owner)::text COLLATE "C" LIMIT 1
),
noted AS MATERIALIZED (
  SELECT classid, objid, extname, own, NULL::name AS "column", acl,
    CASE WHEN own AND owner IS DISTINCT FROM (SELECT owner FROM most) THEN owner END AS owner
  FROM known
  WHERE CASE
    WHEN NOT own THEN acl IS DISTINCT FROM was
    -- As every new database has it.
    WHEN is_public AND objid < 16384 AND owner < 16384 AND acl IS NOT DISTINCT FROM was THEN false
    ELSE acl IS NOT NULL OR owner IS DISTINCT FROM (SELECT owner FROM most) END
  UNION ALL
  SELECT k.classid, k.objid, k.extname, k.own, a.attname, a.attacl, NULL
  FROM pg_attribute a JOIN known k ON k.classid = 'pg_class'::regclass AND k.objid = a.attrelid
  LEFT JOIN pg_init_privs i ON i.classoid = k.classid AND i.objoid = k.objid AND i.objsubid = a.attnum
  WHERE NOT a.attisdropped AND a.attacl IS DISTINCT FROM i.initprivs
),
told AS (
  SELECT a.type, a.object_names AS names, nullif(a.object_args, '{}') AS args, n."column",
    pg_get_userbyid(n.owner) AS owner, n.acl::text[] AS acl,
    CASE WHEN n.own THEN NULL ELSE coalesce(n.extname, '') END AS of
  FROM noted n, pg_identify_object_as_address(n.classid, n.objid, 0) a
  WHERE n.own OR n.extname IS NOT NULL OR a.object_names[1] = 'pg_catalog'
)
SELECT jsonb_build_object(
  'owner', (SELECT pg_get_userbyid(owner) FROM most),
  'things', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('type', type,
      'names', names, 'args', args, 'column', "column", 'owner', owner, 'acl', acl, 'of', of))
      ORDER BY type, names, args, "column") FROM told), '[]'),
  'defaults', coalesce((SELECT jsonb_agg(jsonb_build_object('role', pg_get_userbyid(defaclrole),
      'schema', (SELECT nspname FROM pg_namespace n WHERE n.oid = defaclnamespace),
      'type', defaclobjtype, 'acl', defaclacl::text[]) ORDER BY defaclrole::regrole::text COLLATE "C",
      defaclnamespace::regnamespace::text COLLATE "C", defaclobjtype)
    FROM pg_default_acl), '[]')) AS ownership
