const LIMIT_MS = 120_000;

/** Looks again and again until what is seen is what is waited for; fails when it never is. */
export async function until<T>(
  look: () => Promise<T> | T,
  holds: (seen: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`It never came to be; the last that was seen: ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
