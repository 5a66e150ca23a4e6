import { runCli } from "./src/commands/cli.ts";
import { openShell } from "./src/commands/shell.ts";
import { listenToProcess, watchSignals } from "./src/terminal/signals.ts";

const controller = new AbortController();
const shell = openShell(Deno.args, controller.signal);

/** Leaves at once, with the terminal as it was found. */
function leave(code: number): never {
  shell.stdin.setRaw(false);
  Deno.exit(code);
}

watchSignals({
  controller,
  leave: () => leave(130),
  now: () => performance.now(),
  listen: listenToProcess,
});
// What nobody could catch is a defect: it ends the command, which shows it.
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  controller.abort(event.reason);
});
addEventListener("error", (event) => {
  event.preventDefault();
  controller.abort(event.error);
});

leave(await runCli(Deno.args, shell));
