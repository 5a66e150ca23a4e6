/** What a function does, without its head: names of arguments are none of tables. */
export function routineBody(definition: string): string {
  const at = definition.search(/^\s*(?:AS \S|BEGIN ATOMIC|RETURN )/m);
  return withoutComments(at < 0 ? definition : definition.slice(at));
}

/** The parts of a qualified name, as the catalogs have them. */
export function nameParts(qualified: string): string[] {
  return [...qualified.matchAll(/"((?:[^"]|"")*)"|[^".]+/g)]
    .map(([part, quoted]) => quoted?.replaceAll('""', '"') ?? part);
}

/** The last of them. */
export function lastName(qualified: string): string {
  return nameParts(qualified).at(-1) ?? qualified;
}

/** `public.f(integer, text)` → `public.f`; any other name stays as it is. */
export function nameOfRoutine(ident: string): string {
  return /^(?:"(?:[^"]|"")*"|[^"(])+/.exec(ident)?.[0] ?? ident;
}

/** Whether a text has a name with its schema, and not only a part of a longer one. */
export function names(text: string, qualified: string): boolean {
  const goesOn = (at: number) => /[\w$"]/.test(text.charAt(at));
  for (let at = -1; (at = text.indexOf(qualified, at + 1)) >= 0;) {
    if (!goesOn(at - 1) && !goesOn(at + qualified.length)) return true;
  }
  return false;
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
