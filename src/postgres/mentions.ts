/** What a function does, without its head: names of arguments are none of tables. */
export function routineBody(definition: string): string {
  const at = definition.search(/^\s*(?:AS \S|BEGIN ATOMIC|RETURN )/m);
  return withoutComments(at < 0 ? definition : definition.slice(at));
}

/** The last part of a qualified name, as the catalogs have it. */
export function lastName(qualified: string): string {
  const last = /(?:"(?:[^"]|"")*"|[^".]*)$/.exec(qualified)?.[0] ?? qualified;
  return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
}

/** Where a query names what it reads: as far as the clause reaches. */
const CLAUSE = /\b(?:from|join|into|update|using|only)\b(?=([^;()]*))/gi;
const NEXT_CLAUSE = /\b(?:where|set|values|order|group|limit|loop|then|returning|on)\b/i;
const NAME = /"((?:[^"]|"")*)"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

/** Names in the places where a query says what it reads, also in queries that are texts. */
export function namesAfterFrom(text: string): string[] {
  const clauses = [...text.matchAll(CLAUSE)].map(([, rest]) => rest!.split(NEXT_CLAUSE)[0]!);
  const names = clauses.flatMap((clause) => [...clause.matchAll(NAME)]);
  return [
    ...new Set(names.map(([word, quoted]) => quoted?.replaceAll('""', '"') ?? word.toLowerCase())),
  ];
}

/** Nor the signs around a text, which stand at its last word. */
function withoutComments(body: string): string {
  return body.replaceAll(/--.*$|\/\*[\s\S]*?\*\/|\$\w*\$/gm, " ");
}
