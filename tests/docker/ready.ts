/**
 * The command that ends when the server in a container takes connections over TCP, which the one that
 * runs while the cluster is made never does. It asks in the container: each exec costs more than the
 * question.
 */
export function untilReady(port = 5432): string[] {
  return ["sh", "-c", LOOP, "sh", "-h", "127.0.0.1", "-p", String(port)];
}

/** The same for a server that listens on its socket only; PID 1 tells the one that stays. */
export function untilReadyOn(socketFolder: string): string[] {
  return ["sh", "-c", `until grep -qx postgres /proc/1/comm; do sleep 0.1; done; ${LOOP}`].concat(
    ["sh", "-h", socketFolder],
  );
}

const LOOP = `for try in $(seq 600); do pg_isready -q "$@" && exit; sleep 0.1; done; exit 1`;
