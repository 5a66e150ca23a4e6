/** What an address that is asked after an upgrade looks like, in words. */
export const HEALTH_ADDRESS = "an address such as http://localhost:8000/health";

/** Whether it is an address that oakum can fetch. */
export function isHealthAddress(text: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text);
}

/** Addresses with blanks between them, or nothing where one is none. */
export function parseHealthAddresses(text: string): readonly string[] | undefined {
  const addresses = text.split(/\s+/).filter(Boolean);
  return addresses.every(isHealthAddress) ? addresses : undefined;
}
