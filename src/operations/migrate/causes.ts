import { z } from "zod";
import { shellWord } from "../../core/shell.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";

/** Where the app's tool failed: in the app itself, or in the copy of it that has no network. */
export type Where = "app" | "copy";

/** What a cause says of itself, and the one thing to do about it. */
interface Cause {
  readonly said: (values: Values, failure: FailureReply) => string;
  readonly advice: (values: Values, where: Where) => string;
}

const field = z.object({ name: z.string(), problem: z.string(), missing: z.boolean() });

/** What belongs to the causes; see `programs/oakum_causes.py`. */
const values = z.object({
  module: z.string().catch(""),
  python: z.string().catch(""),
  dialect: z.string().catch(""),
  name: z.string().nullable().catch(null),
  path: z.string().catch(""),
  prefix: z.string().catch(""),
  fields: z.array(field).catch([]),
});

type Values = z.infer<typeof values>;

/** What failed, in one sentence without its end: the cause in words, then class and message. */
export function saidBy(failure: FailureReply): string {
  const cause = causeOf(failure);
  const own = ownWords(failure);
  return cause ? `${cause.said(values.parse(failure.data), failure)} (${own})` : own;
}

/** The one thing to do about it; undefined where the cause is of no known kind. */
export function adviceOn(failure: FailureReply, where: Where = "app"): string | undefined {
  return causeOf(failure)?.advice(values.parse(failure.data), where) ??
    MISSING[failure.sqlstate ?? ""];
}

/** Class and message, as Python says them; of a server's words and of our own those alone. */
function ownWords({ class: name, message, sqlstate }: FailureReply): string {
  if (name === "SystemExit") return `it called sys.exit(${message.replace(/^SystemExit$/, "")})`;
  const told = name === null || sqlstate !== null || PLAIN.includes(name) || message.includes(name);
  return told ? message : `${name}: ${message}`;
}

/** Classes that say nothing beside their message. */
const PLAIN = ["CommandError"];

function causeOf({ cause, sqlstate }: FailureReply): Cause | undefined {
  // What the server refused is no matter of files and modules, whatever led to it.
  return sqlstate === null && cause !== null ? CAUSES[cause] : undefined;
}

/** How a driver is called where packages are. */
const PACKAGES: Readonly<Record<string, string>> = {
  psycopg: "psycopg[binary]",
  psycopg2: "psycopg2-binary",
};

const AGAIN = "in compose.yaml, then: docker compose up -d";

const CAUSES: Readonly<Record<string, Cause>> = {
  "no-driver": {
    said: ({ module, python }) =>
      `the driver ${module} is not installed in the app's Python, ${python}`,
    advice: ({ module }) =>
      `Install it in the app's image: pip install ${
        PACKAGES[module] ?? module
      }; or name a driver in ` +
      "the address that is there (postgresql+DRIVER://…).",
  },
  "no-dialect": {
    said: ({ dialect }) => `SQLAlchemy knows no driver "${dialect.replace(".", "+")}"`,
    advice: () =>
      "Write the address as postgresql+DRIVER://…, with a driver that the app's image has, such as psycopg or " +
      "psycopg2; an old SQLAlchemy does not know psycopg 3.",
  },
  "no-module": {
    said: ({ module, python }) => `the app's Python, ${python}, finds no module ${module}`,
    advice: ({ module }) =>
      `If it is a package, install it in the app's image: pip install ${module}; if it is the app's own, ` +
      "name the folder that it lies in: app.workdir in oakum.yaml, or prepend_sys_path in alembic.ini.",
  },
  "bad-settings": {
    said: ({ fields, prefix }) => fields.map((one) => fieldText(one, prefix)).join("; "),
    advice: ({ fields, prefix }) => `${whatToSet(fields, prefix)} for the app's service ${AGAIN}`,
  },
  "no-variable": {
    said: ({ name }) => `the variable ${name} is not set`,
    advice: ({ name }) => `Set ${name} for the app's service ${AGAIN}`,
  },
  "percent": {
    said: () => "a % in the address is taken for the beginning of a placeholder",
    advice: () =>
      "Double it: %% in alembic.ini; in env.py " +
      `config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))`,
  },
  "no-argument": {
    said: ({ name }) => `env.py asks for an argument that is not there: -x ${name ?? "NAME"}=VALUE`,
    advice: ({ name }) =>
      `Give it: -x ${shellWord(name ?? "NAME")}=VALUE, or for every command: app.x in oakum.yaml`,
  },
  "read-only": {
    said: ({ path }) => `it writes ${path}, where nothing can be written`,
    advice: ({ path }, where) =>
      where === "copy"
        ? `What the copy of the app has mounted is read-only. Let it write there: "rehearsal: {writable: [${path}]}" ` +
          "in oakum.yaml"
        : "Let it write into a folder that can be written to, or mount one there.",
  },
  "not-allowed": {
    said: ({ path }) => `the app's user may not use ${path}`,
    advice: ({ path }, where) =>
      where === "copy"
        ? `Where it only writes there: "rehearsal: {writable: [${path}]}" in oakum.yaml`
        : "Give the app's user the right to it, or let it use another one.",
  },
  "no-file": {
    said: ({ path }) => `there is no ${path}`,
    advice: () =>
      "Relative paths count from where Alembic runs: app.workdir in oakum.yaml names another folder. Else put the " +
      "file there.",
  },
  "no-space": {
    said: ({ path }) => `there is no room for ${path}`,
    advice: () => "Make room where the app writes: docker system df",
  },
};

function fieldText({ name, problem, missing }: z.infer<typeof field>, prefix: string): string {
  const variable = variableOf(name, prefix);
  return missing ? `${variable} is not set` : `${variable} is not right: ${problem}`;
}

/** What is there and not right may be one that the settings do not know. */
function whatToSet(fields: Values["fields"], prefix: string): string {
  const named = (those: Values["fields"]) =>
    those.map(({ name }) => variableOf(name, prefix)).join(", ");
  const missing = named(fields.filter((one) => one.missing));
  const wrong = named(fields.filter((one) => !one.missing));
  return [
    ...missing ? [`set ${missing}`] : [],
    ...wrong ? [`mend ${wrong} (or take it away, where the app does not know it)`] : [],
  ].join(", and ").replace(/^./, (letter) => letter.toUpperCase());
}

/** The variable that pydantic reads a field from. */
function variableOf(name: string, prefix: string): string {
  return `${prefix}${name}`.toUpperCase();
}

const NOT_THERE =
  "env.py, or what it imports, reads what the database does not have: make it first " +
  "(oakum psql), or let it do without.";

/** SQLSTATEs of what is not there. */
const MISSING: Readonly<Record<string, string>> = {
  "42P01": NOT_THERE,
  "42703": NOT_THERE,
  "42883": NOT_THERE,
  "3F000": NOT_THERE,
};
