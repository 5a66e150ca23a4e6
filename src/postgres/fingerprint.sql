-- Describes a schema as rows (kind, identity, definition) that survive dump and restore, on
-- PostgreSQL 14 to 18. Kinds with a leading ~ are notes: shown, but not part of the hash. Left out:
-- object ids, file nodes, statistics, tablespaces, values of sequences, subscriptions, passwords,
-- and whatever belongs to an extension.
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
  SELECT 'type ' || t.fq, typowner, coalesce(typacl, acldefault('T', typowner))
  FROM usertype t LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE typtype IN ('e', 'd', 'r') OR c.relkind = 'c'
  UNION ALL
  SELECT format('server %I', srvname), srvowner, coalesce(srvacl, acldefault('S', srvowner))
  FROM pg_foreign_server
  UNION ALL
  SELECT format('foreign-data wrapper %I', fdwname), fdwowner, coalesce(fdwacl, acldefault('F', fdwowner))
  FROM pg_foreign_data_wrapper
  UNION ALL
  SELECT format('language %I', lanname), lanowner, coalesce(lanacl, acldefault('l', lanowner))
  FROM pg_language WHERE oid >= 16384
),
grants AS (
  SELECT a.ident,
         CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END AS who,
         x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege
  FROM acl a, aclexplode(a.items) x WHERE x.grantee <> a.owner
),
-- Operators and functions of an operator family.
member(family, text) AS (
  SELECT amopfamily, format('operator %s %s%s %s', amopstrategy, amoppurpose, amopopr::regoperator,
    (SELECT opfname FROM pg_opfamily WHERE oid = amopsortfamily)) FROM pg_amop
  UNION ALL
  SELECT amprocfamily, format('function %s (%s, %s) %s', amprocnum, amproclefttype::regtype,
    amprocrighttype::regtype, amproc::regprocedure) FROM pg_amproc
),
-- The values of options may be secrets: only whether they change is told.
secretive(class, oid, options) AS (
  SELECT class, oid, (SELECT string_agg(split_part(o, '=', 1) || '=' || left(md5(o), 8), ',' ORDER BY o COLLATE "C")
                      FROM unnest(options) o)
  FROM (SELECT 'pg_foreign_server'::regclass, oid, srvoptions FROM pg_foreign_server
        UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwoptions
        FROM pg_foreign_data_wrapper) o(class, oid, options)
),
-- What goes by the name that PostgreSQL itself gives to it. Rows as JSON where columns were renamed.
other(class, oid, def) AS (
  SELECT 'pg_collation'::regclass, c.oid, concat_ws(' ', j->>'collprovider', j->>'collisdeterministic',
    coalesce(j->>'colllocale', j->>'colliculocale', j->>'collcollate'), j->>'collctype', j->>'collicurules')
  FROM pg_collation c, to_jsonb(c) j WHERE c.oid >= 16384
  UNION ALL
  SELECT 'pg_cast'::regclass, oid, concat_ws(' ', castfunc::regprocedure, castcontext, castmethod)
  FROM pg_cast
  UNION ALL
  SELECT 'pg_operator'::regclass, oid, concat_ws(' ', oprcode::regprocedure, oprcom::regoperator,
    oprnegate::regoperator, oprcanmerge, oprcanhash, oprrest, oprjoin)
  FROM pg_operator
  UNION ALL
  SELECT 'pg_opfamily'::regclass, f.oid, string_agg(m.text, ', ' ORDER BY m.text COLLATE "C")
  FROM pg_opfamily f LEFT JOIN member m ON m.family = f.oid GROUP BY f.oid
  UNION ALL
  SELECT 'pg_opclass'::regclass, oid, concat_ws(' ', opcintype::regtype, opcdefault,
    CASE WHEN opckeytype <> 0 THEN opckeytype::regtype END,
    (SELECT opfname FROM pg_opfamily f WHERE f.oid = opcfamily))
  FROM pg_opclass
  UNION ALL
  SELECT 'pg_ts_config'::regclass, oid, (SELECT prsname FROM pg_ts_parser p WHERE p.oid = cfgparser)
    || coalesce((SELECT string_agg(' ' || maptokentype || '=' || mapdict::regdictionary, ''
                                   ORDER BY maptokentype, mapseqno)
                 FROM pg_ts_config_map WHERE mapcfg = c.oid), '')
  FROM pg_ts_config c
  UNION ALL
  SELECT 'pg_ts_dict'::regclass, oid,
    concat_ws(' ', (SELECT tmplname FROM pg_ts_template t WHERE t.oid = dicttemplate), dictinitoption)
  FROM pg_ts_dict
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, s.oid, concat_ws(' ', fdwname, srvtype, srvversion, o.options)
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  JOIN secretive o ON o.class = 'pg_foreign_server'::regclass AND o.oid = s.oid
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, concat_ws(' ', fdwhandler::regproc, fdwvalidator::regproc, o.options)
  FROM pg_foreign_data_wrapper w
  JOIN secretive o ON o.class = 'pg_foreign_data_wrapper'::regclass AND o.oid = w.oid
  UNION ALL
  SELECT 'pg_publication'::regclass, oid,
    concat_ws(' ', puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot,
      nullif(to_jsonb(p)->>'pubgencols', 'n'))
  FROM pg_publication p
  UNION ALL
  SELECT 'pg_conversion'::regclass, oid, concat_ws(' ', conproc, condefault) FROM pg_conversion
  UNION ALL
  SELECT 'pg_transform'::regclass, oid, concat_ws(' ', trffromsql, trftosql) FROM pg_transform
  UNION ALL
  SELECT 'pg_am'::regclass, oid, concat_ws(' ', amhandler, amtype) FROM pg_am
  UNION ALL
  SELECT 'pg_language'::regclass, oid, concat_ws(' ', lanpltrusted, lanplcallfoid::regprocedure)
  FROM pg_language
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
    'of=' || nullif(r.reloftype, 0)::regtype,
    (SELECT format('server=%I options=%s', s.srvname, array_to_string(ft.ftoptions, ','))
     FROM pg_foreign_table ft JOIN pg_foreign_server s ON s.oid = ft.ftserver WHERE ft.ftrelid = r.oid),
    'inherits=' || (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno)
                    FROM pg_inherits WHERE inhrelid = r.oid))
  FROM relation r WHERE r.relkind IN ('r', 'p', 'f')

  UNION ALL
  -- The position counts living columns only: attnum keeps holes that a restore closes. What a table
  -- inherits has none: a restore puts all of it first.
  SELECT 'column', format('%s.%I', r.fq, a.attname), concat_ws(' ',
    CASE WHEN a.attislocal OR r.relispartition
      THEN '#' || row_number() OVER (PARTITION BY a.attrelid, a.attislocal OR r.relispartition ORDER BY a.attnum) END,
    format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> t.typcollation THEN 'collate=' || a.attcollation::regcollation::text END,
    CASE WHEN a.attnotnull THEN 'NOT NULL' END,
    CASE WHEN a.attgenerated <> '' THEN 'generated=' || a.attgenerated::text || ':' ELSE 'default=' END
      || pg_get_expr(d.adbin, d.adrelid),
    CASE WHEN a.attidentity <> '' THEN 'identity=' || a.attidentity::text END,
    CASE WHEN a.attstorage <> t.typstorage THEN 'storage=' || a.attstorage::text END,
    CASE WHEN a.attcompression <> '' THEN 'compression=' || a.attcompression::text END,
    CASE WHEN coalesce(a.attstattarget, -1) >= 0 THEN 'statistics=' || a.attstattarget END,
    -- Names that begin with pg_ are the server's own, such as the number by which 17.12 tells that a
    -- column was made or changed: no dump has them, and no ALTER sets them.
    'options=' || (SELECT string_agg(o, ',' ORDER BY at)
                   FROM unnest(a.attoptions) WITH ORDINALITY u(o, at) WHERE o NOT LIKE 'pg\_%'),
    'foreign options=' || array_to_string(a.attfdwoptions, ','),
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
    'statistics=' || (SELECT string_agg(a.attnum || ':' || a.attstattarget, ',' ORDER BY a.attnum)
      FROM pg_attribute a WHERE a.attrelid = r.oid AND coalesce(a.attstattarget, -1) >= 0),
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
  -- Since 18 each NOT NULL has a constraint; only what the column does not say already is told.
  SELECT 'constraint', format('%I on %s', c.conname, r.fq), concat_ws(' ', c.contype, pg_get_constraintdef(c.oid))
  FROM pg_constraint c JOIN relation r ON r.oid = c.conrelid
  WHERE c.contype = 'n' AND c.coninhcount = 0 AND NOT r.relispartition
    AND (NOT c.convalidated OR c.connoinherit OR c.conname !~ '_not_null[0-9]*$')

  UNION ALL
  SELECT 'sequence', r.fq, concat_ws(' ', nullif(r.relpersistence, 'p'),
    format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
    'owned by=' || (SELECT d.deptype::text || ':' || format('%s.%I', d.refobjid::regclass, a.attname)
      FROM pg_depend d
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
  FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid

  UNION ALL
  SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, fq,
    concat_ws(' ', pg_get_viewdef(oid), 'options=' || array_to_string(reloptions, ','),
      CASE WHEN NOT relispopulated THEN 'not populated' END)
  FROM relation WHERE relkind IN ('v', 'm')

  UNION ALL
  SELECT 'rule', format('%I on %s', w.rulename, r.fq), pg_get_ruledef(w.oid) || ' ' || w.ev_enabled::text
  FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'

  UNION ALL
  SELECT 'routine', fq, CASE WHEN prokind = 'a'
    THEN (SELECT row(aggkind, aggtransfn, aggfinalfn, aggfinalextra, aggfinalmodify, aggcombinefn,
                     aggserialfn, aggdeserialfn, aggtranstype::regtype, aggtransspace, agginitval,
                     aggmtransfn, aggminvtransfn, aggmfinalfn, aggmtranstype::regtype, aggminitval,
                     aggsortop::regoperator, proparallel)::text
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
    g.rngcanonical, g.rngsubdiff, o.opcname, 'multirange=' || g.rngmultitypid::regtype)
  FROM pg_range g JOIN usertype t ON t.oid = g.rngtypid JOIN pg_opclass o ON o.oid = g.rngsubopc

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
  WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public'))
    AND NOT EXISTS (SELECT FROM extension_member e
                    WHERE e.classid = d.classoid AND e.objid = d.objoid)

  UNION ALL
  -- Each table of each publication, with its columns and row filter where the version has them.
  SELECT 'publication table', format('%I: %I.%I', p.pubname, p.schemaname, p.tablename),
    (to_jsonb(p) - '{pubname,schemaname,tablename}'::text[])::text
  FROM pg_publication_tables p

  UNION ALL
  SELECT 'user mapping', format('%s on %I', usename, srvname), '' FROM pg_user_mappings

  UNION ALL
  SELECT o.type, o.identity, x.def
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
