import { CommandFailed } from "./command.ts";

/** Exit code for "Docker cannot be reached", the same as oakum's own. */
export const DOCKER_UNREACHABLE = 12;

/** What a person has to see to before anything here can go on; the message says what. */
export class Unavailable extends Error {
  override name = "Unavailable";
}

/** Runs a script's main part; what a person must see to is said in words, not in a stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Unavailable || error instanceof CommandFailed)) throw error;
    console.error(error.message);
    Deno.exit(error instanceof Unavailable ? DOCKER_UNREACHABLE : 1);
  }
}
