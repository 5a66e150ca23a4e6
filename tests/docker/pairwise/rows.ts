import type { ImageName } from "../../../docker/catalogue.ts";

/** One stack of the table: a server as people run it, and an app as people build it. */
export interface Row {
  readonly major: 15 | 17;
  readonly image: "debian" | "alpine";
  /** Where the server's collations come from. */
  readonly locale: "libc" | "icu";
  /** Whether names and the password are plain words. */
  readonly names: "plain" | "odd";
  /** How the app was installed. */
  readonly app: ImageName;
  readonly driver: string;
}

/** Every pair of two values of server, image and locale stands in one row. */
export const ROWS: readonly Row[] = [
  {
    ...{ major: 15, image: "debian", locale: "libc", names: "odd" },
    ...{ app: "app-system", driver: "psycopg2" },
  },
  {
    ...{ major: 15, image: "alpine", locale: "icu", names: "plain" },
    ...{ app: "app-poetry", driver: "asyncpg" },
  },
  {
    ...{ major: 17, image: "debian", locale: "icu", names: "plain" },
    ...{ app: "app-uv", driver: "psycopg2" },
  },
  {
    ...{ major: 17, image: "alpine", locale: "libc", names: "odd" },
    ...{ app: "app", driver: "psycopg" },
  },
];

/** The catalogue's image of a row's server. */
export function serverImage({ major, image }: Row): ImageName {
  return image === "alpine" ? `postgres${major}-alpine` : `postgres${major}`;
}
