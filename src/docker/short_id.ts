/** `sha256:` and 64 digits as Docker itself prints them: the first 12. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}
