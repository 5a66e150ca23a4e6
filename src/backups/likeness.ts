/** Below this many rows, halves come and go in ordinary work: a test account, a few jobs in a queue. */
const LEAST_ROWS = 20;
/** What an empty database takes, a few times over: below it, the size says nothing of the data. */
const LEAST_BYTES = 64_000_000;
const FAR = 2;

/**
 * Whether a copy of so many rows says little of a table that has so many now: an empty one of a table
 * that has any says nothing, and half or twice as many is another table. That some were deleted makes
 * a copy of more say too much, never too little.
 */
export function isUnlike(copy: number, now: number): boolean {
  if (copy === 0) return now > 0;
  return Math.abs(now - copy) >= LEAST_ROWS && isFar(copy, now);
}

/** Below this many rows a table is emptied and filled in ordinary work. */
const LEAST_ROWS_LOST = 10;

/** Whether a table has lost most of the rows that it had. */
export function hasLost(then: number, now: number): boolean {
  return then - now >= LEAST_ROWS_LOST && isFar(then, now);
}

/** Whether most rows of a table were written since a copy of it: nobody knows what is in them now. */
export function isRewritten(rows: number, written: number): boolean {
  return written >= LEAST_ROWS && isFar(rows - written, rows);
}

/** Whether a database has grown so far that a copy of that size says little of it. */
export function hasOutgrown(copyBytes: number, bytes: number): boolean {
  return bytes - copyBytes >= LEAST_BYTES && isFar(copyBytes, bytes);
}

function isFar(a: number, b: number): boolean {
  return Math.max(a, b) > Math.min(a, b) * FAR;
}
