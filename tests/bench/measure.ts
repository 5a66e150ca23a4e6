/** A command whose cost is of interest. */
export interface Measured {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** What makes the next run possible or equal to the last; not measured. */
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
}

/** What one run of it took. */
export interface Cost {
  readonly seconds: number;
  /** The most memory that its process held, in bytes; not that of others that it started. */
  readonly peak: number;
}

const POLL_MS = 20;

/** Runs a command once; one that fails ends the benchmark with its last words. */
export async function measure({ argv, env = {}, before, after }: Measured): Promise<Cost> {
  await before?.();
  const [program, ...args] = argv;
  const start = performance.now();
  const child = new Deno.Command(program, {
    args,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const peak = watchPeak(child.pid);
  const { code, stdout, stderr } = await child.output();
  const seconds = (performance.now() - start) / 1000;
  const cost = { seconds, peak: await peak.stop() };
  if (code !== 0) {
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    throw new Error(`"${argv.join(" ")}" ended with code ${code}:\n${said.slice(-2000)}`);
  }
  await after?.();
  return cost;
}

/** Linux keeps a process's highest resident size itself; it is read until the process is gone. */
function watchPeak(pid: number): { stop: () => Promise<number> } {
  const end = Promise.withResolvers<void>();
  const watched = (async () => {
    for (let peak = 0, running = true;;) {
      const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
      peak = Math.max(peak, 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0));
      if (!running) return peak;
      const timer = Promise.withResolvers<void>();
      const id = setTimeout(timer.resolve, POLL_MS);
      running = await Promise.race([timer.promise.then(() => true), end.promise.then(() => false)]);
      clearTimeout(id);
    }
  })();
  return { stop: () => (end.resolve(), watched) };
}
