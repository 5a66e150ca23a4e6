const LIMIT_MS = 60_000;
const PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 400;

/** Asserts again and again until it holds; throws what it said last when it never does. */
export async function eventually(holds: () => Promise<void>): Promise<void> {
  await repeatedly(holds, PAUSE_MS);
}

/**
 * The same for what stays as it is once it came, with longer and longer pauses: what is asked by an
 * exec in a container costs the machine more than the wait.
 */
export async function settles(holds: () => Promise<void>): Promise<void> {
  await repeatedly(holds, LONGEST_PAUSE_MS);
}

async function repeatedly(holds: () => Promise<void>, longest: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (let pause = PAUSE_MS;; pause = Math.min(pause * 1.5, longest)) {
    try {
      return await holds();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
