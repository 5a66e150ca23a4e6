/** A process as the container sees it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly gid: number;
  /** Its first argument: the program, or the interpreter of a script. */
  readonly program: string;
}

/** Programs that start the app and stay: inits, shells, and what hands secrets down. */
const WRAPPERS = new Set([
  ...["tini", "tini-static", "docker-init", "dumb-init", "catatonit", "init", "pid1", "my_init"],
  ...["s6-svscan", "s6-supervise", "supervisord", "runsvdir", "runsv", "honcho", "foreman"],
  ...["sh", "bash", "dash", "ash", "zsh", "busybox", "su", "sudo", "gosu", "su-exec", "runuser"],
  ...["setpriv", "env", "timeout", "doppler", "op", "infisical", "chamber", "vault", "envconsul"],
]);

const APP = /^(python|pypy|gunicorn|uvicorn|hypercorn|granian|uwsgi|celery|flask|daphne)[\d.]*$/;

/** Whether a program of this name runs an app's code. */
export function isAppProgram(name: string): boolean {
  return APP.test(name);
}

/**
 * The process that runs the app: process 1, or below an init or a shell the child that leads to
 * Python, else the oldest. Its environment is what the app sees, exports of an entrypoint included.
 */
export function mainProcess(table: readonly Process[]): Process | undefined {
  let at = table.find(({ pid }) => pid === 1);
  while (at && WRAPPERS.has(nameOf(at))) {
    const children = childrenOf(at, table);
    const next = children.find((child) => leadsToApp(child, table)) ?? children[0];
    if (!next) break;
    at = next;
  }
  return at;
}

function leadsToApp(process: Process, table: readonly Process[]): boolean {
  return APP.test(nameOf(process)) ||
    childrenOf(process, table).some((child) => leadsToApp(child, table));
}

function childrenOf({ pid }: Process, table: readonly Process[]): Process[] {
  // A child is younger than its parent; that also ends loops in a table that was changing.
  return table.filter((child) => child.parent === pid && child.pid > pid)
    .sort((a, b) => a.pid - b.pid);
}

/** `/bin/sh` → `sh`; a login shell calls itself `-sh`, a setproctitle'd worker `gunicorn: master`. */
function nameOf({ program }: Process): string {
  return (program.split("/").pop() ?? "").replace(/^-/, "").split(/[\s:]/)[0] ?? "";
}
