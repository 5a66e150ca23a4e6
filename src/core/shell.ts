/** A word as a POSIX shell takes it, for commands that are printed; oakum itself runs no such text. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
