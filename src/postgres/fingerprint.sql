-- Describes a schema as rows (kind, identity, definition) that survive dump and restore.
-- Kinds with a leading ~ are notes: shown, but not part of the hash. Left out: object ids, file
-- nodes, statistics, tablespaces, values of sequences, and whatever belongs to an extension.
-- Run it with search_path = pg_catalog, so that every name of a user's object comes out qualified.
WITH
extension_member AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend
  WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
),
namespace AS MATERIALIZED (
  SELECT n.* FROM pg_namespace n
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND n.nspname !~ '^pg_(temp|toast_temp)_'
    AND NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid)
),
relation AS MATERIALIZED (
  SELECT c.*, format('%I.%I', n.nspname, c.relname) AS fq
  FROM pg_class c JOIN namespace n ON n.oid = c.relnamespace
  WHERE NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
),
usertype AS MATERIALIZED (
  SELECT t.*, t.oid::regtype::text AS fq
  FROM pg_type t JOIN namespace n ON n.oid = t.typnamespace
  WHERE NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
),
routine AS MATERIALIZED (
  SELECT p.*, p.oid::regprocedure::text AS fq
  FROM pg_proc p JOIN namespace n ON n.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
),
-- Who may do what, without the owner's own rights; a null ACL is spelled out as its default.
acl(ident, owner, items) AS (
  SELECT 'relation ' || fq, relowner,
         coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
  FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT format('column %s.%I', r.fq, a.attname), r.relowner, a.attacl
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT 'routine ' || fq, proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
  UNION ALL
  SELECT format('schema %I', nspname), nspowner, coalesce(nspacl, acldefault('n', nspowner)) FROM namespace
  UNION ALL
  SELECT 'type ' || fq, typowner, coalesce(typacl, acldefault('T', typowner))
  FROM usertype WHERE typtype IN ('e', 'd')
),
grants AS (
  SELECT a.ident,
         CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END AS who,
         x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege
  FROM acl a, aclexplode(a.items) x WHERE x.grantee <> a.owner
),
-- Objects that are known by their identity alone.
other(class, oid) AS (
  SELECT 'pg_collation'::regclass, oid FROM pg_collation
  UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast
  UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator
  UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
  UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict
  UNION ALL SELECT 'pg_publication'::regclass, oid FROM pg_publication
  UNION ALL SELECT 'pg_publication_rel'::regclass, oid FROM pg_publication_rel
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
  UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
),
item(kind, ident, def) AS (
  SELECT 'schema', format('%I', nspname), '' FROM namespace

  UNION ALL
  SELECT 'extension', format('%I', x.extname), format('schema=%I', n.nspname)
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
  UNION ALL
  -- A dump says CREATE EXTENSION without a version.
  SELECT '~extension version', format('%I', extname), extversion FROM pg_extension

  UNION ALL
  SELECT 'table', r.fq, concat_ws(' ', r.relkind,
    'persistence=' || r.relpersistence::text,
    'rls=' || r.relrowsecurity::text || '/' || r.relforcerowsecurity::text,
    'replica identity=' || r.relreplident::text,
    'method=' || (SELECT amname FROM pg_am WHERE oid = r.relam),
    'options=' || (SELECT string_agg(o, ',' ORDER BY o COLLATE "C") FROM unnest(r.reloptions) o),
    'toast options=' || (SELECT string_agg(o, ',' ORDER BY o COLLATE "C")
                         FROM pg_class t, unnest(t.reloptions) o WHERE t.oid = r.reltoastrelid),
    'partition key=' || CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END,
    'bound=' || pg_get_expr(r.relpartbound, r.oid),
    'inherits=' || (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno)
                    FROM pg_inherits WHERE inhrelid = r.oid))
  FROM relation r WHERE r.relkind IN ('r', 'p', 'f')

  UNION ALL
  -- The position counts living columns only: attnum keeps holes that a restore closes.
  SELECT 'column', format('%s.%I', r.fq, a.attname), concat_ws(' ',
    '#' || row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
    format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> t.typcollation THEN 'collate=' || a.attcollation::regcollation::text END,
    CASE WHEN a.attnotnull THEN 'NOT NULL' END,
    CASE WHEN a.attgenerated <> '' THEN 'generated=' || a.attgenerated::text || ':' ELSE 'default=' END
      || pg_get_expr(d.adbin, d.adrelid),
    CASE WHEN a.attidentity <> '' THEN 'identity=' || a.attidentity::text END,
    CASE WHEN a.attstorage <> t.typstorage THEN 'storage=' || a.attstorage::text END,
    CASE WHEN a.attcompression <> '' THEN 'compression=' || a.attcompression::text END,
    CASE WHEN coalesce(a.attstattarget, -1) >= 0 THEN 'statistics=' || a.attstattarget END,
    'options=' || array_to_string(a.attoptions, ','),
    CASE WHEN NOT a.attislocal THEN 'inherited' END)
  FROM relation r
  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE r.relkind IN ('r', 'p', 'f', 'c') OR (r.relkind = 'v' AND d.oid IS NOT NULL)

  UNION ALL
  -- pg_dump leaves out an invalid index, so a restore never has one.
  SELECT CASE WHEN i.indisvalid OR r.relkind = 'I' THEN 'index' ELSE '~invalid index' END,
    format('%s on %s', r.fq, i.indrelid::regclass), concat_ws(' ',
    pg_get_indexdef(i.indexrelid),
    CASE WHEN i.indisclustered THEN 'clustered' END,
    CASE WHEN i.indisreplident THEN 'replica identity' END,
    'parent=' || (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = i.indexrelid))
  FROM relation r JOIN pg_index i ON i.indexrelid = r.oid

  UNION ALL
  SELECT 'constraint', format('%I on %s', c.conname, coalesce(r.fq, t.fq)),
    concat_ws(' ', c.contype, pg_get_constraintdef(c.oid), CASE WHEN NOT c.conislocal THEN 'inherited' END)
  FROM pg_constraint c
  LEFT JOIN relation r ON r.oid = c.conrelid
  LEFT JOIN usertype t ON t.oid = c.contypid
  WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0
    AND coalesce(r.oid, t.oid) IS NOT NULL

  UNION ALL
  SELECT 'sequence', r.fq, concat_ws(' ',
    format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
    'owned by=' || (SELECT d.deptype::text || ':' || format('%s.%I', d.refobjid::regclass, a.attname)
      FROM pg_depend d
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
  FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid

  UNION ALL
  SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, fq,
    concat_ws(' ', pg_get_viewdef(oid), 'options=' || array_to_string(reloptions, ','))
  FROM relation WHERE relkind IN ('v', 'm')

  UNION ALL
  SELECT 'rule', format('%I on %s', w.rulename, r.fq), pg_get_ruledef(w.oid) || ' ' || w.ev_enabled::text
  FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'

  UNION ALL
  SELECT 'routine', fq, CASE WHEN prokind = 'a'
    THEN (SELECT row(aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggtranstype::regtype,
                     agginitval, aggsortop::regoper)::text
          FROM pg_aggregate WHERE aggfnoid = routine.oid)
    ELSE pg_get_functiondef(oid) END
  FROM routine

  UNION ALL
  SELECT 'trigger', format('%I on %s', g.tgname, r.fq),
    pg_get_triggerdef(g.oid) || ' enabled=' || g.tgenabled::text
  FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid
  WHERE NOT g.tgisinternal AND g.tgparentid = 0

  UNION ALL
  SELECT 'event trigger', format('%I', evtname),
    concat_ws(' ', evtevent, evtfoid::regprocedure, evtenabled, array_to_string(evttags, ','))
  FROM pg_event_trigger v
  WHERE NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = 'pg_event_trigger'::regclass AND e.objid = v.oid)

  UNION ALL
  SELECT 'enum', fq, (SELECT string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder)
                      FROM pg_enum WHERE enumtypid = usertype.oid)
  FROM usertype WHERE typtype = 'e'

  UNION ALL
  SELECT 'domain', fq, concat_ws(' ', format_type(typbasetype, typtypmod),
    CASE WHEN typnotnull THEN 'NOT NULL' END, 'default=' || typdefault,
    CASE WHEN typcollation <> 0 THEN typcollation::regcollation::text END)
  FROM usertype WHERE typtype = 'd'

  UNION ALL
  SELECT 'range', t.fq, concat_ws(' ', g.rngsubtype::regtype,
    CASE WHEN g.rngcollation <> 0 THEN g.rngcollation::regcollation::text END,
    g.rngcanonical, g.rngsubdiff)
  FROM pg_range g JOIN usertype t ON t.oid = g.rngtypid

  UNION ALL
  SELECT 'policy', format('%I on %s', p.polname, r.fq), concat_ws(' ', p.polcmd, p.polpermissive,
    'to=' || (SELECT string_agg(name, ',' ORDER BY name COLLATE "C") FROM (
       SELECT CASE WHEN role = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END AS name
       FROM unnest(p.polroles) role) q),
    'using=' || pg_get_expr(p.polqual, p.polrelid),
    'check=' || pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_policy p JOIN relation r ON r.oid = p.polrelid

  UNION ALL
  SELECT 'statistics', format('%I.%I', n.nspname, s.stxname),
    pg_get_statisticsobjdef(s.oid) || coalesce(' target=' || nullif(s.stxstattarget, -1), '')
  FROM pg_statistic_ext s JOIN namespace n ON n.oid = s.stxnamespace

  UNION ALL
  SELECT 'grant', ident, string_agg(who || ':' || privilege, ',' ORDER BY who COLLATE "C", privilege COLLATE "C")
  FROM grants GROUP BY ident

  UNION ALL
  SELECT 'default privileges',
    concat_ws(' ', pg_get_userbyid(defaclrole), coalesce(defaclnamespace::regnamespace::text, '*'), defaclobjtype),
    (SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C") FROM unnest(defaclacl) a)
  FROM pg_default_acl

  UNION ALL
  SELECT '~owner', fq, pg_get_userbyid(relowner)::text
  FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT '~owner', fq, pg_get_userbyid(proowner)::text FROM routine

  UNION ALL
  -- pg_describe_object would be translated; pg_identify_object is not.
  SELECT 'comment', o.type || ' ' || o.identity, d.description
  FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
  WHERE d.objoid >= 16384
    AND NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = d.classoid AND e.objid = d.objoid)

  UNION ALL
  SELECT 'other', o.type || ' ' || o.identity, ''
  FROM other x, pg_identify_object(x.class, x.oid, 0) o
  WHERE x.oid >= 16384
    AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = x.class AND e.objid = x.oid)
)
-- varchar IN ('a', 'b') is written in two ways before and after its first dump: both become one.
SELECT kind, ident, regexp_replace(
  regexp_replace(coalesce(def, ''), $$\(('(?:[^']|'')*'::character varying)\)::text$$, '\1', 'g'),
  $$\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]$$, 'ARRAY[\1]', 'g') AS def
FROM item
ORDER BY kind COLLATE "C", ident COLLATE "C", def COLLATE "C"
