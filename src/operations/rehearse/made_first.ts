import { messageOf } from "../../core/errors.ts";
import { count } from "../../core/time.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import {
  type MadeOutside,
  makeExtension,
  makeSchema,
  readMadeOutside,
} from "../../postgres/made_outside.ts";
import { execute } from "../../postgres/statement.ts";
import type { Context } from "../context.ts";
import { explained, isThereAlready } from "../migrate/failure.ts";
import type { Reached } from "../migrate/standing.ts";
import type { Copy } from "./copy.ts";

/** A failure, as far as it may be about something that is there already. */
export interface Met {
  readonly sqlstate: string | null;
  readonly message: string;
  readonly sql: string | null;
}

/**
 * What an empty copy was given beside the revisions: what stands outside of them on the live server, such as
 * an init script's work. A revision that makes it itself after all gets its way.
 */
export class MadeFirst {
  /** What was done, in sentences. */
  readonly told: string[] = [];
  /** Names of roles, schemas and extensions that no revision made. */
  readonly #given = new Set<string>();

  private constructor(private readonly copy: Copy) {}

  /** Gives the copy the schemas and extensions that the live server has and no revision makes. */
  static async make(context: Context, copy: Copy, real: Reached): Promise<MadeFirst> {
    const reading = copy.migrator.read({ database: false }, copy.signal);
    const { graph } = await explained("Reading the revisions", reading);
    const sql = real.session.sql(real.database.name, { max: 1 });
    const live = await readMadeOutside(sql).finally(() => sql.end({ timeout: 5 }));
    const first = new MadeFirst(copy);
    await first.#make(outsideOf(graph, live));
    for (const text of first.told) context.emit({ type: "note", text });
    return first;
  }

  async #make({ schemas, extensions }: MadeOutside): Promise<void> {
    const sql = this.copy.sql();
    const there = await readMadeOutside(sql);
    for (const one of schemas) await this.#try(`schema ${one.name}`, makeSchema(sql, one));
    for (const one of extensions) await this.#try(`extension ${one.name}`, makeExtension(sql, one));
    const names = (made: MadeOutside) => [
      ...made.schemas.map(({ name }) => `schema ${name}`),
      ...made.extensions.map(({ name }) => `extension ${name}`),
    ];
    const known = new Set(names(there));
    const made = names(await readMadeOutside(sql)).filter((name) => !known.has(name));
    const roles = await sql<{ name: string }[]>`select rolname as name from pg_roles`;
    for (const name of [...made, ...roles.map(({ name }) => `role ${name}`)]) this.#given.add(name);
    if (made.length === 0) return;
    const more = made.length > MOST ? `, and ${count(made.length - MOST, "other")}` : "";
    this.told.push(
      `The copy was given what the live server has and no revision makes: ` +
        `${made.slice(0, MOST).join(", ")}${more}.`,
    );
  }

  async #try(what: string, making: Promise<void>): Promise<void> {
    await making.catch((error) => {
      this.copy.signal.throwIfAborted();
      this.told.push(
        `The live server has the ${what}, which could not be made in the copy: ${
          messageOf(error)
        }.`,
      );
    });
  }

  /** Takes away what a revision makes itself, and answers whether it is worth trying again. */
  async standAside(failure: Met): Promise<boolean> {
    if (!isThereAlready(failure)) return false;
    const name = QUOTED.exec(failure.message)?.groups?.["name"];
    const kind = KIND.exec(failure.sql ?? "")?.[1]?.toLowerCase().replace(/user|group/, "role");
    if (name === undefined || kind === undefined || !this.#given.has(`${kind} ${name}`)) {
      return false;
    }
    if (!await this.#drop(kind, name).catch(() => false)) return false;
    // From now on it is the revision's own: one that its downgrade leaves must be seen.
    if (kind === "role") this.#given.delete(`role ${name}`);
    const text = `The ${kind} ${name} of the live server was left out: a revision makes it.`;
    if (!this.told.includes(text)) this.told.push(text);
    return true;
  }

  async #drop(kind: string, name: string): Promise<boolean> {
    if (kind === "role") return await this.copy.dropRole(name);
    const what = kind === "schema" ? kind : "extension";
    await execute(this.copy.sql(), `drop ${what} %I`, name);
    return true;
  }
}

const MOST = 10;
const KIND = /\bcreate\s+(role|user|group|schema|extension)\b/i;
/** Whatever the server's language, names stand in one of its pairs of quotes. */
const QUOTED = /["»«„“](?<name>[^"»«“”]+)["«»“”]/;

function outsideOf(graph: RevisionGraph, { schemas, extensions }: MadeOutside): MadeOutside {
  const own = new Set(graph.revisions.flatMap(({ makes }) => makes));
  return {
    schemas: schemas.filter(({ name }) => !own.has(name.toLowerCase())),
    extensions: extensions.filter(({ name }) => !own.has(name.toLowerCase())),
  };
}
