/** Removes the servers that tests of this checkout share or left behind: `deno run -A tests/teardown.ts`. */
import { output } from "../docker/command.ts";
import { CHECKOUT, SERVER_LABEL } from "./docker/fixtures.ts";

/** Removes the servers with their anonymous volumes; that there are none is fine. */
export async function teardown(): Promise<void> {
  const filter = `label=${SERVER_LABEL}=${CHECKOUT}`;
  const found = await output(["docker", "ps", "--all", "--quiet", "--filter", filter]);
  const ids = found.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await output(["docker", "rm", "--force", "--volumes", ...ids]);
}

if (import.meta.main) await teardown();
