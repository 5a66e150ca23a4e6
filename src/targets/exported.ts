import type { ContainerDetail } from "../docker/shapes.ts";
import { type Look, variablesOf } from "./environment.ts";

/** What belongs to one process, not to the app: a shell's, an init's, a supervisor's, Python's. */
const OWN =
  /^(_|PWD|OLDPWD|SHLVL|TERM|HOSTNAME|HOME|LISTEN_\w+|NOTIFY_SOCKET|INVOCATION_ID|JOURNAL_STREAM|WERKZEUG_\w+|SUPERVISOR_\w+|GUNICORN_FD|S6_\w+|PYTHON(UNBUFFERED|DONTWRITEBYTECODE|INSPECT|STARTUP|BREAKPOINT))$/;

/** Variables that an app's main process has beyond its container's: what an entrypoint exported. */
export function exported(look: Look, container: ContainerDetail): Record<string, string> {
  const own = variablesOf(container.Config.Env);
  return Object.fromEntries(
    Object.entries(look.variables)
      .filter(([name, value]) => own[name] !== value && !OWN.test(name)),
  );
}
