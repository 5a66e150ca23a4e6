import { shellWord } from "../../core/shell.ts";
import { nearest } from "../../core/similar.ts";
import type { LoginAnswer } from "../../postgres/attempt.ts";
import { quoteIdentifier } from "../../postgres/identifier.ts";
import type { Check } from "../../reports/doctor.ts";
import { notChecked, trouble } from "./checks.ts";

/** What is known about a login that was refused; never its password. */
export interface Refused {
  /** `DATABASE_URL of web`. */
  readonly place: string;
  /** What makes the new value count: `docker compose up -d web`. */
  readonly apply: string;
  readonly user: string;
  readonly hasPassword: boolean;
  /** Whether it is what the server's own container was given, which counts at its first start. */
  readonly ofServer?: boolean;
  readonly database: string;
  /** The server's container. */
  readonly container: string;
  /** The user that oakum itself was let in as. */
  readonly admin: string;
  readonly roles: readonly Role[];
  readonly databases: readonly string[];
  /** Where the password is that the server takes from this user; undefined where none is known. */
  readonly rightPassword: string | undefined;
}

/** A role of the server. */
export interface Role {
  readonly name: string;
  readonly mayLogIn: boolean;
  /** `VALID UNTIL` is over: the password counts no more. */
  readonly expired: boolean;
}

/** Why a server refused a login, for people, and what mends it. */
export function refusal(answer: Exclude<LoginAnswer, { kind: "let-in" }>, about: Refused): Check {
  const { place, container, user, database } = about;
  if (answer.kind === "unreachable") return notListening(about);
  if (answer.kind === "unknown") {
    return notChecked("login", `${place}: ${container} could not be asked: ${answer.message}`);
  }
  switch (answer.state) {
    case "28P01": // invalid_password: also of a role that does not exist
    case "28000": // invalid_authorization_specification: a role, or pg_hba.conf
      return aboutRole(about) ?? (answer.state === "28P01" ? wrongPassword(about) : notByRules(
        about,
        answer.message,
      ));
    case "3D000": // invalid_catalog_name
      return missingDatabase(about);
    case "42501": // insufficient_privilege
      return trouble(
        "connect-privilege",
        `${place}: "${user}" may not connect to "${database}".`,
        psql(about, `grant connect on database ${name(database)} to ${name(user)}`),
      );
    case "55000": // object_not_in_prerequisite_state
      return trouble(
        "database-closed",
        `${place}: ${container} lets nobody into "${database}".`,
        psql(about, `alter database ${name(database)} allow_connections true`),
      );
    case "53300": // too_many_connections
      return trouble(
        "too-many-connections",
        `${place}: ${container} takes no more connections: ${answer.message}.`,
        "See who has them: oakum psql -c 'select usename, application_name, count(*) from " +
          "pg_stat_activity group by 1, 2 order by 3 desc'",
      );
    default:
      return notChecked("login", `${place}: ${container} said ${answer.state}: ${answer.message}.`);
  }
}

function aboutRole(about: Refused): Check | undefined {
  const { place, apply, user, container, roles, admin } = about;
  const role = roles.find((one) => one.name === user);
  if (!role) {
    const meant = nearest(user, roles.map((one) => one.name));
    const instead = meant === undefined ? "" : `Put "${meant}" in its place, then: ${apply}; or `;
    const make = `docker exec -it ${container} createuser -U ${shellWord(admin)} --pwprompt ` +
      shellWord(user);
    return trouble(
      "unknown-user",
      `${place}: ${container} has no user "${user}".`,
      `${instead}${instead ? "make it" : "Make it"}: ${make}`,
    );
  }
  if (!role.mayLogIn) {
    const text = `${place}: the role "${user}" of ${container} may not log in.`;
    return trouble("no-login", text, psql(about, `alter role ${name(user)} login`));
  }
  if (!role.expired) return undefined;
  const text = `${place}: the password of "${user}" in ${container} has expired (VALID UNTIL).`;
  const mend = psql(about, `alter role ${name(user)} valid until 'infinity'`);
  return trouble("expired-password", text, mend);
}

function wrongPassword(about: Refused): Check {
  const { place, apply, user, container, hasPassword, rightPassword } = about;
  const set = `give the server this one: ${psql(about, `\\password ${name(user)}`)}`;
  if (about.ofServer) {
    const text = `${place}: not what ${container} takes from "${user}"; the variable counts when ` +
      "the data folder is made, and never again.";
    return trouble("server-password", text, `Put the right one there, or ${set}`);
  }
  const text = hasPassword
    ? `${place}: ${container} refuses the password of "${user}".`
    : `${place}: it states no password, and ${container} wants one of "${user}".`;
  const mend = rightPassword === undefined
    ? `Put the right one there, then: ${apply}; or ${set}`
    : `Put the one from ${rightPassword} there, then: ${apply}`;
  return trouble("wrong-password", text, mend);
}

function missingDatabase(about: Refused): Check {
  const { place, apply, user, database, container, databases, admin } = about;
  const others = databases.filter((one) => one !== "postgres");
  const meant = nearest(database, others) ?? (others.length === 1 ? others[0] : undefined);
  const make = `docker exec ${container} createdb -U ${shellWord(admin)} -O ${shellWord(user)} ` +
    shellWord(database);
  return trouble(
    "missing-database",
    `${place}: ${container} has no database "${database}"; it has ${databases.join(", ")}.`,
    meant === undefined
      ? `Make it: ${make}`
      : `Put "${meant}" in its place, then: ${apply}; or make it: ${make}`,
  );
}

/** The rules go by where somebody comes from, and oakum comes from the server's own address. */
function notByRules({ place, container, user }: Refused, message: string): Check {
  return notChecked(
    "login",
    `${place}: pg_hba.conf of ${container} has no rule for "${user}" from the server's own ` +
      `address and without TLS: ${message}.`,
    "See its rules: oakum psql -c 'table pg_hba_file_rules'",
  );
}

function notListening({ place, container }: Refused): Check {
  return trouble(
    "not-listening",
    `${place}: ${container} does not listen on its network's address, only inside its container.`,
    "Set listen_addresses to '*', in its postgresql.conf or with -c in its command, and restart it.",
  );
}

function name(of: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(of) ? of : quoteIdentifier(of);
}

function psql({ container, admin }: Refused, command: string): string {
  const user = `-U ${shellWord(admin)} -d postgres`;
  return `docker exec -it ${container} psql ${user} -c ${shellWord(command)}`;
}
