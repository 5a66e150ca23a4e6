import type { ContainerDetail, ImageDetail } from "../docker/shapes.ts";
import { variablesOf } from "./environment.ts";

/** The role that a container was given by its label; undefined where it has none. */
export function labelledRole({ Config }: ContainerDetail): string | undefined {
  const labels = Config.Labels;
  return Object.hasOwn(labels, "oakum.role") ? labels["oakum.role"]?.trim() : undefined;
}

/** Repositories whose images are PostgreSQL servers, by their last part. */
const SERVER_IMAGES = new Set([
  ...["postgres", "postgresql", "postgresql-repmgr", "postgis", "pgvector", "pgvecto-rs"],
  ...["timescaledb", "timescaledb-ha", "timescaledb-postgis", "vectorchord-postgres", "spilo"],
  ...["pgrouting", "citus", "age", "paradedb", "pgautoupgrade", "postgres-nonroot", "edb"],
  ...["crunchy-postgres", "crunchy-postgres-gis", "postgresql-container", "vchord-postgres"],
]);

const POOLERS = /^(pgbouncer|pg-?cat|odyssey|pgpool|pgpool-ii|supavisor|pgdog)([-_.]|$)/;
const TOOLS =
  /(pgadmin|adminer|exporter|backup|pghero|postgrest|postgres-meta|pgweb|pgwatch|wal-g|barman|pgloader|postgraphile|cloud-sql-proxy|cloud_sql_proxy)/;

/** The last part of an image's name, without registry, tag and digest. */
export function imageBaseName(image: string): string {
  const path = image.split("@")[0]!.split("/").pop() ?? "";
  return path.split(":")[0]!.toLowerCase();
}

/** Whether a container is a connection pooler in front of PostgreSQL. */
export function isPooler(container: ContainerDetail): boolean {
  const { Image, Entrypoint, Cmd } = container.Config;
  return POOLERS.test(imageBaseName(Image)) ||
    words([...Entrypoint, ...Cmd]).some((word) => POOLERS.test(`${fileName(word)}-`));
}

/** What a container's configuration says of its being a PostgreSQL server. */
export type Verdict = "yes" | "no" | "perhaps";

/**
 * Judges a container by its label, else by image, environment and command. An app carries
 * POSTGRES_* variables too, and backup tools run PostgreSQL's own image with another command: only
 * both together are a server. `perhaps` takes a look at its processes.
 */
export function judgeServer(
  container: ContainerDetail,
  image: ImageDetail | undefined,
): Verdict {
  const role = labelledRole(container);
  if (role !== undefined) return role === "database" ? "yes" : "no";
  const name = imageBaseName(container.Config.Image);
  if (isPooler(container) || TOOLS.test(name)) return "no";
  const { program, byEntrypoint } = programOf(container);
  if (/^(postgres|postmaster|patroni)$/.test(fileName(program ?? ""))) return "yes";
  if (!SERVER_IMAGES.has(name) && !hasServerVariables(container)) return "no";
  // Flags, or nothing at all, an entrypoint hands to the server.
  if (byEntrypoint && (program === undefined || program.startsWith("-"))) return "yes";
  return SERVER_IMAGES.has(name) && keepsCommand(container, image) ? "yes" : "perhaps";
}

/** Set by the images of servers, and by nobody who only connects. */
function hasServerVariables({ Config }: ContainerDetail): boolean {
  const variables = variablesOf(Config.Env);
  return ["PGDATA", "POSTGRESQL_VOLUME_DIR", "POSTGRESQL_DATA_DIR"]
    .some((name) => Object.hasOwn(variables, name));
}

const INITS = /^(tini|dumb-init|docker-init|catatonit|exec|env|--)$/;
const AS_USER = /^(gosu|su-exec)$/;

/** What a container starts, behind inits and entrypoint scripts. */
function programOf({ Config }: ContainerDetail) {
  let byEntrypoint = false;
  const rest = [...Config.Entrypoint, ...Config.Cmd];
  for (;;) {
    const name = fileName(rest[0] ?? "");
    if (AS_USER.test(name)) rest.splice(0, 2);
    else if (INITS.test(name)) {
      rest.shift();
      while (rest[0]?.startsWith("-")) rest.shift();
    } else if (/entrypoint/.test(name)) {
      byEntrypoint = true;
      rest.shift();
    } else return { program: rest[0], byEntrypoint };
  }
}

/** Whether the container runs what its image was made to run. */
function keepsCommand({ Config }: ContainerDetail, image: ImageDetail | undefined): boolean {
  const own = image?.Config;
  return !!own && [...own.Entrypoint, ...own.Cmd].join("\0") ===
      [...Config.Entrypoint, ...Config.Cmd].join("\0");
}

/** Whether a line of `ps` is the main process of a PostgreSQL server. */
export function isServerProcess(line: string): boolean {
  return /^(\S*\/)?(postgres|postmaster)(\s|$)/.test(line.trim());
}

/** A command's words, those of a shell's script among them. */
export function words(argv: readonly string[]): string[] {
  return argv.flatMap((argument) => argument.split(/[\s;&|"']+/)).filter((word) => word !== "");
}

function fileName(path: string): string {
  return path.split("/").pop() ?? "";
}
