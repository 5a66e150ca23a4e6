import { z } from "zod";
import { HEALTH_ADDRESS, isHealthAddress } from "./health_address.ts";
import { GUARDS, ON_FAILURE, VERIFY_LEVELS } from "./levels.ts";
import { DURATION, MEMORY_SIZE, parseDuration, parseMemory } from "./quantities.ts";
import { PROJECT_NAME, PROJECT_NAME_WORDS } from "./reference.ts";

const text = z.string().min(1, "a text that is not empty");
const project = z.string().regex(PROJECT_NAME, PROJECT_NAME_WORDS);
const duration = quantity(parseDuration, DURATION);
const memory = quantity(parseMemory, MEMORY_SIZE);
const someTime = quantity((written) => parseDuration(written) || undefined, DURATION);
const count = z.int("a whole number").min(0, "a whole number from 0 up");

function quantity(parse: (text: string) => number | undefined, words: string) {
  return z.string().refine((value) => parse(value) !== undefined, words).describe(words);
}

const ruleValue = z.union([text, z.number()], "a text or a number, such as off, 5 or 100MB");
const variableName = z.string().regex(/^[^=\0]+$/, "the name of a variable");
const folder = z.string().regex(/^\/+[^/\0]/, "an absolute path below /");
const address = z.string().refine(isHealthAddress, HEALTH_ADDRESS);

const app = z.strictObject({
  service: text.optional().describe("The service that has the migration tool."),
  workdir: text.optional().describe("The folder in the container that Alembic is run in."),
  alembic: text.optional().describe("Path of alembic.ini, from the working directory."),
  name: text.optional().describe("Section of alembic.ini, as alembic --name."),
  x: z.array(text).optional().describe("Arguments for env.py, as alembic -x."),
});

const database = z.strictObject({
  service: text.optional().describe("The service that is the PostgreSQL server."),
  name: text.optional().describe("The database in it."),
  user: text.optional().describe("The role that oakum connects as."),
});

const keep = z.strictObject({
  last: count.optional(),
  hourly: count.optional(),
  daily: count.optional(),
  weekly: count.optional(),
  monthly: count.optional(),
  yearly: count.optional(),
});

const backups = z.strictObject({
  dir: text.optional().describe("Where backups go; relative to this file."),
  keep: keep.optional().describe("How many backups are kept."),
  verify: z.enum(VERIFY_LEVELS).optional().describe("How far each backup is proved."),
  encrypt: z.strictObject({
    recipients: z.array(text).min(1, "at least one recipient").optional(),
    key_command: text.optional(),
  }).optional().describe("Encryption with age."),
  offsite: z.strictObject({
    s3: z.strictObject({
      endpoint: text,
      bucket: text,
      prefix: text.optional(),
      region: text.optional(),
    }).optional(),
    command: text.optional(),
  }).optional().describe("A copy in another place."),
  schedule: text.optional().describe("When backups are taken, as a cron expression."),
});

const rehearsal = z.strictObject({
  rules: z.record(text, ruleValue).optional().describe(
    "Rules by name: off, warn, fail, or the threshold that they judge by.",
  ),
  run: text.optional().describe("A command that the app runs on the migrated copy."),
  environment: z.record(variableName, z.string()).optional().describe(
    "Variables of the app's clone, laid over those of the app.",
  ),
  services: z.array(text).optional().describe("Services that are cloned beside the app."),
  mask: text.optional().describe("SQL that is run on the copy first."),
  memory: memory.optional().describe("What the copy's server may take: " + MEMORY_SIZE + "."),
  writable: z.array(folder).optional().describe(
    "Folders and files in the app's container that its clone may write to. A folder of data is empty there; " +
      "of code, and of the folder that a file lies in, the clone has a copy.",
  ),
  timeout: someTime.optional().describe("How long one step may take: " + DURATION + "."),
});

const upgrade = z.strictObject({
  lock_timeout: duration.optional().describe("How long a step waits for a lock: " + DURATION + "."),
  health: z.array(address).optional().describe("Addresses that must answer after an upgrade."),
  on_failure: z.enum(ON_FAILURE).optional().describe("What happens where a step fails."),
});

const notify = z.strictObject({ webhook: text.optional(), ping: text.optional() });

/** The whole of `oakum.yaml`; everything in it is optional. */
export const configSchema = z.strictObject({
  project: project.optional().describe("The Compose project, as docker compose -p."),
  app: app.optional().describe("Where the migration tool is."),
  database: database.optional().describe("Where the database is."),
  guard: z.enum(GUARDS).optional().describe("What is done before a change: full, backup or none."),
  backups: backups.optional().describe("Where backups go, and how they are proved."),
  rehearsal: rehearsal.optional().describe("How a migration is tried on a copy."),
  upgrade: upgrade.optional().describe("How migrations are applied."),
  notify: notify.optional().describe("Who is told how a run ended."),
  hosts: z.record(text, text).optional().describe(
    "Other Docker hosts by name, as ssh:// addresses.",
  ),
});

/** What an `oakum.yaml` says. */
export type ConfigFile = z.infer<typeof configSchema>;

/** The keys that this version reads and checks, and does nothing with yet. */
export const UNUSED_KEYS: readonly string[] = [
  "backups.keep",
  "backups.offsite",
  "backups.schedule",
  "rehearsal.mask",
  "notify",
  "hosts",
];

/** The JSON Schema of `oakum.yaml`, for editors. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: "input" });
  const title = "oakum.yaml";
  return { $schema, title, description: "Settings of oakum; all of them are optional.", ...schema };
}

/** The names of the settings in the group at a path; none where there is no such group. */
export function settingsAt(path: readonly PropertyKey[]): string[] {
  const group = path.reduce<unknown>((at, key) => Object(Object(at).properties)[key], jsonSchema());
  return Object.keys(Object(Object(group).properties));
}
