const LIMIT_MS = 60_000;

/** Asserts again and again until it holds; throws what it said last when it never does. */
export async function eventually(holds: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
