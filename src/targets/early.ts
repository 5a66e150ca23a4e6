import { credentialsFor } from "./credentials.ts";
import type { Outline, Wish } from "./scene.ts";
import { logIn, type OpenServer, type Searcher } from "./server.ts";

/**
 * A login that begins while the services are still being looked into, where the stack has one server
 * and its superuser's password is at hand: nearly always the one that is wanted in the end.
 */
export class EarlyLogin implements AsyncDisposable {
  readonly #server: string | undefined;
  #opening: Promise<OpenServer | undefined>;

  private constructor(server: string | undefined, opening: Promise<OpenServer | undefined>) {
    this.#server = server;
    this.#opening = opening;
  }

  static begin(searcher: Searcher, wish: Wish, { own, landscape }: Outline): EarlyLogin {
    const [only] = own;
    const asked = wish.settings.database.user.value ?? only?.Config.Labels["oakum.user"];
    if (!only || own.length > 1 || asked !== undefined) {
      return new EarlyLogin(undefined, Promise.resolve(undefined));
    }
    const open = async () =>
      await logIn(searcher, {
        container: only,
        listening: await landscape.listening(only),
        credentials: await credentialsFor(searcher.engine, only, []),
        databases: ["postgres", "template1"],
      });
    // Why it failed, the login that follows says, with every user that is known by then.
    return new EarlyLogin(only.Id, open().catch(() => undefined));
  }

  /** Hands the session over, once, if this is the server that was entered. */
  async take(server: string): Promise<OpenServer | undefined> {
    if (server !== this.#server) return undefined;
    const opened = await this.#opening;
    this.#opening = Promise.resolve(undefined);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opening)?.session[Symbol.asyncDispose]();
  }
}
