/** A database as people name it: `SERVICE` or `SERVICE/NAME`. */
export interface DatabaseReference {
  readonly service: string;
  readonly name: string | undefined;
}

/** What `parseDatabase` takes, in words. */
export const DATABASE_REFERENCE = "SERVICE or SERVICE/NAME, such as db or db/shop";

/** Reads `SERVICE[/NAME]`; a database's name may hold slashes, a service's cannot. */
export function parseDatabase(text: string): DatabaseReference | undefined {
  const [, service, name] = /^([A-Za-z0-9._-]+)(?:\/(.+))?$/su.exec(text) ?? [];
  return service === undefined ? undefined : { service, name };
}
