import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { openAlembic } from "../migrators/alembic/open.ts";
import type { MigrationDatabase } from "../migrators/migrator.ts";
import type { Look, LookHint } from "./environment.ts";
import { exported } from "./exported.ts";
import { DEFAULT_PORT, type Whereabouts } from "./url.ts";
import { type Address, RANK } from "./variables.ts";

/** An `env.py` that dials in vain is not waited for any longer. */
const LIMIT_MS = 20_000;

/**
 * Asks an app's own `env.py` where it leads: one address for each database. None where it cannot be
 * asked, or does not get through: why, `doctor` shows.
 */
export async function scriptAddresses(
  engine: Engine,
  container: ContainerDetail,
  look: Look,
  hint: LookHint,
  signal: AbortSignal,
): Promise<Address[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const { Id, Config } = container;
    const alembic = await openAlembic({ engine, id: Id }, {
      workdir: hint.workdir,
      config: hint.config,
      section: hint.section,
      x: hint.x ?? [],
      folders: [look.workdir ?? "", Config.WorkingDir],
      commands: [[...Config.Entrypoint, ...Config.Cmd]],
      seen: look.sightings?.map(({ path }) => path) ?? [],
      user: look.user,
      environment: exported(look, container),
      application: "oakum",
    }, limited);
    const { databases } = await alembic.read({ database: true }, limited);
    return databases.map(({ address }) => scriptAddress(address));
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

function scriptAddress(url: MigrationDatabase["address"]): Address {
  const database = url.database ?? undefined;
  return {
    where: whereabouts(url),
    user: url.user ?? undefined,
    password: undefined,
    database,
    verbatimDatabase: database,
    sslmode: undefined,
    from: "env.py",
    whole: undefined,
    hostVariable: undefined,
    portVariable: undefined,
    databaseVariable: undefined,
    rank: RANK.scripts,
  };
}

function whereabouts({ host, port }: MigrationDatabase["address"]): Whereabouts {
  const hosts = (host ?? "").split(",").filter((one) => one !== "");
  const at = port ?? DEFAULT_PORT;
  if (hosts.length === 0) return { kind: "socket", folder: undefined, port: at };
  if (hosts[0]!.startsWith("/")) return { kind: "socket", folder: hosts[0], port: at };
  return { kind: "tcp", endpoints: hosts.map((one) => ({ host: one, port: at })) };
}
