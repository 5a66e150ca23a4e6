/** A Debian release that images are made from. */
export type Release = "bookworm" | "trixie" | "forky";

/** What one image is made of: a folder below `docker/images`, what it builds on, its arguments. */
export interface Recipe {
  readonly folder: string;
  readonly base: Release | { readonly image: string };
  readonly args?: Readonly<Record<string, string>>;
}

const PSYCOPG2 = "psycopg2-binary";
const ASYNC_SQLALCHEMY = "SQLAlchemy[asyncio]>=2,<3";

/**
 * Every image of the tests and the demo, by name. A server that listens on its socket only needs no
 * image of its own: run any of them with `postgres -c listen_addresses=`.
 */
export const catalogue = {
  "postgres17": { folder: "postgres", base: "trixie", args: { PG_MAJOR: "17" } },
  "postgres15": { folder: "postgres", base: "bookworm", args: { PG_MAJOR: "15" } },
  "postgres18": {
    folder: "postgres",
    base: "forky",
    args: {
      PG_MAJOR: "18",
      DATA: "/var/lib/postgresql/18/docker",
      DATA_VOLUME: "/var/lib/postgresql",
    },
  },
  "app": { folder: "app", base: "trixie" },
  "postgres17-alpine": alpineLike("17"),
  "postgres15-alpine": alpineLike("15"),
  "postgres17-only-bash": only("bash"),
  "postgres17-only-nc": only("nc"),
  "postgres17-only-socat": only("socat"),
  "postgres17-only-perl": only("perl"),
  "postgres17-only-python3": only("python3"),
  "app-system": app("trixie", { LAYOUT: "system", DRIVER: PSYCOPG2, RUN_AS: "app" }),
  "app-system-bookworm": app("bookworm", { LAYOUT: "system", DRIVER: PSYCOPG2 }),
  "app-poetry": app("bookworm", {
    LAYOUT: "poetry",
    RUN_AS: "app",
    DRIVER: "asyncpg",
    SQLALCHEMY: ASYNC_SQLALCHEMY,
  }),
  "app-uv": app("trixie", { LAYOUT: "uv", RUN_AS: "app", DRIVER: PSYCOPG2, WORKDIR: "/app" }),
  "app-oldest": app("bookworm", {
    ALEMBIC_VERSION: "1.8.0",
    SQLALCHEMY: "SQLAlchemy>=1.4,<2",
    DRIVER: PSYCOPG2,
  }),
  "app-async-old": app("bookworm", {
    ALEMBIC_VERSION: "1.10.0",
    SQLALCHEMY: "SQLAlchemy[asyncio]>=1.4,<2",
    DRIVER: "asyncpg",
  }),
  "app-1-16": app("bookworm", { ALEMBIC_VERSION: "1.16.0", SQLALCHEMY: "SQLAlchemy>=2,<2.1" }),
  "demo-web": { folder: "../demo/web", base: "trixie" },
  "pgbouncer": { folder: "pgbouncer", base: "trixie" },
  "postgres17-extensions": { folder: "postgres-extensions", base: { image: "postgres17" } },
  "postgres16": { folder: "postgres-wheel", base: { image: "postgres17" } },
  "postgres17-german": { folder: "postgres-german", base: { image: "postgres17" } },
  "app-extras": { folder: "app-extras", base: { image: "app" } },
} as const satisfies Record<string, Recipe>;

function alpineLike(major: "15" | "17"): Recipe {
  return {
    folder: "postgres-alpine",
    base: { image: `postgres${major}` },
    args: { PG_MAJOR: major },
  };
}

function only(tool: string): Recipe {
  return { folder: "postgres-only", base: { image: "postgres17" }, args: { TOOL: tool } };
}

function app(base: Release, args: Record<string, string>): Recipe {
  return { folder: "app", base, args };
}

/** A name in the catalogue. */
export type ImageName = keyof typeof catalogue;

/** The recipe of a name, in its general shape. */
export function recipeOf(name: ImageName): Recipe {
  return catalogue[name];
}

/** The catalogue's name for a text, or an error that lists them all. */
export function imageName(text: string): ImageName {
  if (Object.hasOwn(catalogue, text)) return text as ImageName;
  throw new Error(
    `There is no image "${text}": the catalogue has ${Object.keys(catalogue).join(", ")}.`,
  );
}
