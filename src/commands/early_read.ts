import type { MigrationProject } from "../migrators/migrator.ts";
import type { Context } from "../operations/context.ts";
import type { AppPlace } from "../targets/find_app.ts";
import type { Session } from "./session.ts";
import { openMigratorOf } from "./stand.ts";

/**
 * The revisions of the app, without a look at its database: both take as long, so they are read
 * while the server is still being entered.
 */
export class EarlyRead implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly #reads: Promise<MigrationProject>[] = [];
  #container: string | undefined;
  #project: Promise<MigrationProject> | undefined;

  constructor(private readonly session: Session, private readonly context: Context) {}

  /** Begins with the app that it will probably be; what fails is told when it is asked for. */
  begin(app: AppPlace): void {
    this.#container = app.container.Id;
    this.#project = this.#begun(app);
  }

  /** The revisions of the app that it is, on request with what env.py finds in its database. */
  of(app: AppPlace, { database }: { readonly database: boolean }): Promise<MigrationProject> {
    if (database) return this.#begun(app, { database });
    const early = this.#container === app.container.Id ? this.#project : undefined;
    return early ?? this.#begun(app);
  }

  #begun(app: AppPlace, what = { database: false }): Promise<MigrationProject> {
    const read = this.#read(app, what);
    read.catch(() => {});
    this.#reads.push(read);
    return read;
  }

  async #read(app: AppPlace, what: { readonly database: boolean }): Promise<MigrationProject> {
    const { session, context } = this;
    const opened = await openMigratorOf(session, context, app, { image: { kind: "running" } });
    this.#opened.use(opened);
    return await opened.migrator.read(what, context.signal);
  }

  /** Ends what it opened, once nothing of it runs any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#reads);
    await this.#opened[Symbol.asyncDispose]();
  }
}
