/** Every word that a statement of PostgreSQL, 14 to 19, can begin with. */
const STARTS = new Set(
  ("abort alter analyse analyze begin call checkpoint close cluster comment commit copy create " +
    "deallocate declare delete discard do drop end execute explain fetch grant import insert " +
    "listen load lock merge move notify prepare reassign refresh reindex release repack reset " +
    "revoke rollback savepoint security select set show start table truncate unlisten update " +
    "vacuum values wait with").split(" "),
);
const LONGEST = Math.max(...[...STARTS].map((word) => word.length));

/** Whether a statement can begin with a word. */
export function looksLikeSql(word: Uint8Array): boolean {
  if (word.length > LONGEST) return false;
  return STARTS.has(String.fromCharCode(...word).toLowerCase());
}
