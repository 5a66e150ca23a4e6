/** A name as SQL has it; without a schema the search path decides. */
export interface SqlName {
  readonly schema: string | undefined;
  readonly name: string;
  /** As it stands in the SQL. */
  readonly text: string;
}

/** Whether a name in SQL may mean this `schema.name`, whose parts may be quoted. */
export function means(name: SqlName, relation: string): boolean {
  const [schema, bare] = partsOf(relation);
  return name.name === bare && (name.schema === undefined || name.schema === schema);
}

/** Schema and name of `schema.name`, each without quotes. */
export function partsOf(relation: string): [schema: string, name: string] {
  const [, quoted, plain = "", rest = relation] =
    /^(?:"((?:[^"]|"")*)"|([^."]*))\.(.*)$/s.exec(relation) ?? [];
  const schema = quoted === undefined ? plain : quoted.replaceAll('""', '"');
  const name = /^"(.*)"$/s.exec(rest)?.[1]?.replaceAll('""', '"') ?? rest;
  return [schema, name];
}
