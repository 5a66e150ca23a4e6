import { DEFAULT_PORT, type Endpoint } from "./url.ts";
import type { Address, Variables } from "./variables.ts";

/** Where an address is to lead; `database` only where it is called otherwise there. */
export interface Redirection extends Endpoint {
  readonly database?: string | undefined;
}

/**
 * The variables that lead an app elsewhere with everything else as it was: past a pooler to the
 * server, say. Undefined where the address is not in variables that could be changed.
 */
export function redirected(
  address: Address,
  variables: Variables,
  to: Redirection,
): Record<string, string> | undefined {
  if (address.whole !== undefined) {
    const text = redirectedUrl(variables[address.whole] ?? "", to);
    return text === undefined ? undefined : { [address.whole]: text };
  }
  const { hostVariable, portVariable, databaseVariable } = address;
  const changes: Record<string, string> = {};
  const change = (variable: string | undefined, value: string) => {
    // One that was read from a secret's file is not read from a variable.
    if (variable === undefined || variables[variable] === undefined) return false;
    changes[variable] = value;
    return true;
  };
  if (!change(hostVariable, to.host)) return undefined;
  if (!change(portVariable, String(to.port)) && to.port !== DEFAULT_PORT) return undefined;
  if (to.database !== undefined && !change(databaseVariable, to.database)) return undefined;
  return changes;
}

const URL_PARTS =
  /^(\s*\w+(?:\+\w+)?:\/\/)((?:[^:/?@]*(?::[^@]*(?:@[^@/?]*)*)?@)?)([^@/?]*)(\/[^?]*)?(\?.*)?$/su;
const LEADS = /^(host|hostaddr|port|unix_sock)=/;

function redirectedUrl(text: string, { host, port, database }: Redirection): string | undefined {
  const parts = URL_PARTS.exec(text);
  if (!parts || (database !== undefined && /[^\w.-]/.test(database))) return undefined;
  const [, scheme = "", user = "", , path = "", query = ""] = parts;
  const kept = query.slice(1).split("&").filter((pair) => pair !== "" && !LEADS.test(pair));
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const name = database === undefined ? path : `/${database}`;
  return `${scheme}${user}${bracketed}:${port}${name}${
    kept.length > 0 ? `?${kept.join("&")}` : ""
  }`;
}
