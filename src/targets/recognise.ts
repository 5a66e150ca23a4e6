import type { ContainerDetail, ImageDetail } from "../docker/shapes.ts";
import { programsOf, type StartedProgram, startsByEntrypoint } from "./command_line.ts";
import { variablesOf } from "./environment.ts";
import { isAppProgram } from "./process.ts";

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

const TOOLS =
  /(pgadmin|adminer|exporter|backup|pghero|postgrest|postgres-meta|pgweb|pgwatch|wal-g|barman|pgloader|postgraphile|cloud-sql-proxy|cloud_sql_proxy)/;

/** The last part of an image's name, without registry, tag and digest. */
export function imageBaseName(image: string): string {
  const path = image.split("@")[0]!.split("/").pop() ?? "";
  return path.split(":")[0]!.toLowerCase();
}

/** Whether an image's name is that of a PostgreSQL server. */
export function isServerImage(image: string): boolean {
  return SERVER_IMAGES.has(imageBaseName(image));
}

/**
 * What an image's name tells. Compose calls what it builds after project and service, and a
 * project's name says what the product is about, not what runs in a container.
 */
function tellingName({ Config: { Image, Labels } }: ContainerDetail): string {
  const name = imageBaseName(Image);
  const project = Labels["com.docker.compose.project"];
  const service = Labels["com.docker.compose.service"];
  if (!project) return name;
  const own = ["-", "_"].map((joint) => `${project}${joint}`);
  if (own.some((prefix) => name === `${prefix}${service}`.toLowerCase())) return "";
  const prefix = own.find((one) => name.startsWith(one));
  return prefix === undefined ? name : name.slice(prefix.length);
}

/** `odyssey` is a word that products are called by, too: of its images only its own name counts. */
const POOLER_IMAGES = /^(odyssey|(pgbouncer|pg-?cat|pgpool|pgpool-ii|supavisor|pgdog)([-_.].*)?)$/;
const POOLER_PROGRAMS = /^(pgbouncer|pg-?cat|pgpool(-ii)?|supavisor|pgdog)$/;

/** Whether a container is a connection pooler in front of PostgreSQL. */
export function isPooler(container: ContainerDetail): boolean {
  const role = labelledRole(container);
  if (role !== undefined) return role === "pooler";
  const programs = programsOf(container);
  if (programs.some(isPoolerProgram)) return true;
  return POOLER_IMAGES.test(tellingName(container)) &&
    !programs.some(({ name }) => isAppProgram(name));
}

function isPoolerProgram({ name, args }: StartedProgram): boolean {
  if (name === "odyssey") return args.some((one) => one.endsWith(".conf"));
  // Some images have a script of their own that is handed the program.
  const handed = name.endsWith(".sh") ? args[0]?.split("/").pop() : undefined;
  return POOLER_PROGRAMS.test(name) || POOLER_PROGRAMS.test(handed ?? "");
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
  if (isPooler(container)) return "no";
  const name = tellingName(container);
  const [program] = programsOf(container);
  if (/^(postgres|postmaster|patroni)$/.test(program?.name ?? "")) return "yes";
  const isImage = SERVER_IMAGES.has(name);
  if (!isImage && !hasServerVariables(container)) return "no";
  // Flags, or nothing at all, an entrypoint hands to the server; but a tool has one of its own.
  if (TOOLS.test(name)) return "perhaps";
  if (startsByEntrypoint(container) && (!program || program.name.startsWith("-"))) return "yes";
  return isImage && keepsCommand(container, image) ? "yes" : "perhaps";
}

/** Set by the images of servers, and by nobody who only connects. */
function hasServerVariables({ Config }: ContainerDetail): boolean {
  const variables = variablesOf(Config.Env);
  return ["PGDATA", "POSTGRESQL_VOLUME_DIR", "POSTGRESQL_DATA_DIR"]
    .some((name) => Object.hasOwn(variables, name));
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
