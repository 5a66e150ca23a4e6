/** Whether text outside ASCII can be shown, as POSIX has it: LC_ALL, else LC_CTYPE, else LANG. */
export function isUnicode(environment: (name: string) => string | undefined): boolean {
  const locale = environment("LC_ALL") || environment("LC_CTYPE") || environment("LANG") || "";
  return /\butf-?8\b/i.test(locale);
}
