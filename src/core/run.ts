/** A short random name of one run of oakum: labels, session names and journals carry it. */
export function newRunId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
