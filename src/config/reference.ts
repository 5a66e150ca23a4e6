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

/** What Compose takes as the name of a project. */
export const PROJECT_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** What `PROJECT_NAME` takes, in words. */
export const PROJECT_NAME_WORDS = "a Compose project's name: lower-case letters, digits, - and _";
