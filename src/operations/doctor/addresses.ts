import type { Check } from "../../reports/doctor.ts";
import type { Route, RouteProblem } from "../../targets/routes.ts";
import type { Service } from "../../targets/services.ts";
import { agreeing } from "../../targets/variables.ts";
import { attempt, ok, trouble, warning } from "./checks.ts";

/** Where the database really is, as services of its stack dial it. */
export interface RightPlace {
  readonly service: string;
  readonly port: number;
}

/** What is asked of others about an address. */
export interface AddressQuestions {
  /** The database's place; undefined where the stack has several servers, or none. */
  readonly right: RightPlace | undefined;
  /**
   * The address that a name has in the service's own resolver; undefined where it has none. Throws
   * where that could not be asked.
   */
  resolve(service: Service, host: string): Promise<string | undefined>;
  /** Whether the server lets the address in; nothing where that server is not at hand. */
  knock(service: Service, route: Route): Promise<Check | undefined>;
}

/**
 * Every address of every service: where it leads, and whether it is let in there. One that could not
 * be looked at takes no other's answer away.
 */
export async function checkAddresses(
  services: readonly Service[],
  questions: AddressQuestions,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const asked = services.flatMap((service) =>
    service.routes.map((route) => {
      const check = async () => [await checkAddress(service, route, questions)];
      return attempt("address", signal, check, `${route.address.from} of ${service.name}`);
    })
  );
  const found = await Promise.all(asked);
  if (found.length > 0) return found.flat();
  return [warning("no-address", "No service of the stack states a database's address.")];
}

async function checkAddress(
  service: Service,
  route: Route,
  questions: AddressQuestions,
): Promise<Check> {
  const { problem, address, server, how, databases } = route;
  if (problem === undefined) {
    const told = await questions.knock(service, route);
    const to = [server!.Name.slice(1), ...databases.slice(0, 1)].join("/");
    const lead = agreeing(address.from, "leads", "lead");
    return told ?? ok("address", `${address.from} of ${service.name} ${lead} to ${to}: ${how}.`);
  }
  const host = hostsOf(route)[0]?.host;
  if (problem === "unknown-host" && host !== undefined) {
    const elsewhere = await questions.resolve(service, host);
    if (elsewhere !== undefined) return outside(service, route, host, elsewhere);
  }
  return deadEnd({ service: service.name, route, problem }, questions.right);
}

function hostsOf({ address: { where } }: Pick<Route, "address">) {
  return where.kind === "tcp" ? where.endpoints : [];
}

function outside({ name }: Service, { address }: Route, host: string, at: string): Check {
  return warning(
    "outside-host",
    `${address.from} of ${name}: "${host}" is ${at}, which is no container of this engine.`,
    "oakum reaches databases in containers only; nothing was asked there.",
  );
}

/** The stable name of each trouble with an address. */
const NAMES: Readonly<Record<RouteProblem, string>> = {
  "loopback": "localhost",
  "other-network": "other-network",
  "unknown-host": "wrong-host",
  "wrong-port": "wrong-port",
  "not-a-database": "wrong-host",
  "no-shared-socket": "no-shared-socket",
  "unstated-host": "unstated-host",
};

/** An address that leads to no server, and how it is put right. */
export function deadEnd(
  { service, route, problem }: {
    readonly service: string;
    readonly route: Pick<Route, "address" | "how">;
    readonly problem: RouteProblem;
  },
  right: RightPlace | undefined,
): Check {
  const { address, how } = route;
  const text = `${address.from} of ${service}: ${how}.`;
  const start = `then: docker compose up -d ${service}`;
  const place = right ? `${right.service}:${right.port}` : "the database's service and port";
  const dialled = hostsOf(route)[0];
  const stated = dialled ? `${dialled.host}:${dialled.port}` : undefined;
  const make = problem === "unstated-host" ? warning : trouble;
  const mends: Readonly<Record<RouteProblem, string>> = {
    "loopback": `Put ${place} in the place of ${stated}, ${start}`,
    "other-network": `Give ${service} and ${dialled?.host} a network in common in the compose ` +
      `file, ${start}`,
    "unknown-host": `Put ${place} in the place of ${stated}, ${start}`,
    "wrong-port": `Put ${place} in the place of ${stated} (a published port is for the host ` +
      `only), ${start}`,
    "not-a-database": `Put ${place} in the place of ${stated}, ${start}`,
    "no-shared-socket": `Mount the volume of the server's socket in ${service} as well, or name ` +
      `${place}, ${start}`,
    "unstated-host": `If ${service} uses a database, name its host: ${place}`,
  };
  return make(NAMES[problem], text, mends[problem]);
}
