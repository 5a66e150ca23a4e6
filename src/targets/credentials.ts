import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import type { Credentials } from "../postgres/access.ts";
import { variablesOf } from "./environment.ts";
import { imageBaseName } from "./recognise.ts";
import { secretsResolved } from "./secrets.ts";
import type { Address, Variables } from "./variables.ts";

/** The address of an app, and the container that has it. */
export interface AppAddress {
  readonly address: Address;
  readonly container: string;
}

/**
 * Every user that the server may let in, in the order in which they are tried: the one that was
 * named, the container's superusers, then those by which apps connect.
 */
export async function credentialsFor(
  engine: Engine,
  server: ContainerDetail,
  apps: readonly AppAddress[],
  wanted?: { readonly user: string; readonly from: string },
): Promise<Credentials[]> {
  const name = server.Name.slice(1);
  const own = await secretsResolved(engine, server, variablesOf(server.Config.Env));
  const found = [
    ...superusers(
      own.variables,
      server,
      (variables) => `${variables.map(own.from).join(", ")} of ${name}`,
    ),
    ...apps.flatMap(fromApp),
  ].flatMap(alsoTrimmed);
  if (!wanted) return unique(found);
  const named = found.filter(({ user }) => user === wanted.user);
  const bare = { user: wanted.user, password: undefined, from: wanted.from };
  return unique([...named.map((one) => ({ ...one, from: `${wanted.from}, ${one.from}` })), bare]);
}

/** What the shell keeps at the end of a secret, a carriage return or a space, others take away. */
function alsoTrimmed(one: Credentials): Credentials[] {
  const trimmed = one.password?.trimEnd();
  return trimmed === one.password ? [one] : [one, { ...one, password: trimmed }];
}

function fromApp({ address, container }: AppAddress): Credentials[] {
  const { user, password, from } = address;
  return user ? [{ user, password, from: `${from} of ${container}` }] : [];
}

/** Superusers that a server's environment names; `place` says where variables stand, in words. */
export function superusers(
  variables: Variables,
  server: ContainerDetail,
  place: (variables: readonly string[]) => string,
): Credentials[] {
  const first = (...names: string[]) => names.find((name) => variables[name]);
  const held = (user: string, passwordIn: string | undefined, userIn?: string): Credentials => {
    const names = [userIn, passwordIn].filter((name) => name !== undefined);
    return {
      user,
      password: passwordIn && variables[passwordIn],
      from: names.length > 0 ? place(names) : "PostgreSQL's own name for its superuser",
    };
  };
  // Bitnami's user is an ordinary owner; its superuser has a password of its own.
  const bitnami = first("POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_POSTGRES_PASSWORD");
  const password = first("POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "PGPASSWORD_SUPERUSER");
  const named = first(
    "POSTGRES_USER",
    "POSTGRESQL_USERNAME",
    "POSTGRESQL_USER",
    "PGUSER_SUPERUSER",
  );
  return [
    ...bitnami ? [held("postgres", bitnami)] : [],
    ...isSupabase(server) ? [held("supabase_admin", password)] : [],
    held((named && variables[named]) || "postgres", password, named),
  ];
}

function isSupabase({ Config }: ContainerDetail): boolean {
  return /(^|\/)supabase\//.test(Config.Image) && imageBaseName(Config.Image) === "postgres";
}

function unique(all: readonly Credentials[]): Credentials[] {
  return all.filter((one, at) =>
    all.findIndex(({ user, password }) => user === one.user && password === one.password) === at
  );
}
