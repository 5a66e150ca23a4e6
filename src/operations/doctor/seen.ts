import type { ServerAccess } from "../../postgres/access.ts";
import type { Check } from "../../reports/doctor.ts";
import { declaredListening } from "../../targets/listening.ts";
import type { SeenStack } from "../../targets/find.ts";
import type { Context } from "../context.ts";
import { type AddressQuestions, checkAddresses, type RightPlace } from "./addresses.ts";
import { attempt } from "./checks.ts";
import { checkEnvFile } from "./env_file.ts";
import { checkSocket, resolveInside } from "./inside.ts";
import type { Logins } from "./logins.ts";
import { checkServers, checkServices } from "./stack.ts";

/** What a stack shows of itself: its containers, its addresses, its files. */
export async function checkSeen(
  { engine, signal }: Context,
  seen: SeenStack,
  logins: Logins | undefined,
  server: ServerAccess | undefined,
): Promise<Check[]> {
  const { stack, services, servers } = seen;
  const questions: AddressQuestions = {
    right: rightPlace(seen, server),
    resolve: (service, host) => resolveInside(engine, service, host, signal),
    knock: (service, route) => logins?.knock(service, route) ?? Promise.resolve(undefined),
  };
  const made = [
    ...services.map(({ name, container }) => ({ service: name, container })),
    ...servers.filter(({ project }) => project === stack.project),
  ];
  const sockets = services.flatMap((service) =>
    service.routes.map((route) => {
      const what = `The socket in ${route.address.from} of ${service.name}`;
      const check = () => checkSocket(engine, service, route, signal);
      return attempt("socket", signal, check, what);
    })
  );
  const found = await Promise.all([
    attempt("servers", signal, async () => checkServers(await seen.view())),
    checkAddresses(services, questions, signal),
    attempt("password", signal, async () => await logins?.ownPassword() ?? []),
    Promise.all(sockets).then((checks) => checks.flat()),
    attempt("services", signal, async () => checkServices(await seen.view())),
    attempt("env-file", signal, () => checkEnvFile(stack, made)),
  ]);
  return found.flat();
}

/** The server that is open, else the stack's only one. */
function rightPlace(
  { servers }: SeenStack,
  server: ServerAccess | undefined,
): RightPlace | undefined {
  const known = servers.find(({ container }) => container.Id === server?.container.Id);
  const only = known ?? (servers.length === 1 ? servers[0] : undefined);
  if (!only) return undefined;
  const port = server?.port ?? declaredListening(only.container).port;
  return { service: only.service, port };
}
