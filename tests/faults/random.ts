/** The same numbers for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run, printed, so that `OAKUM_TEST_SEED` can repeat it. */
export function printedSeed(): number {
  const given = Deno.env.get("OAKUM_TEST_SEED");
  const seed = given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(given);
  console.log(`seed ${seed}: OAKUM_TEST_SEED=${seed} repeats it`);
  return seed;
}
