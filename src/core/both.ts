/**
 * Does two things at a time. The first that fails ends the other, which is waited for, so that
 * nothing goes on behind the back of the error; that first one is what is thrown.
 */
export async function both<A, B>(
  signal: AbortSignal,
  first: (stop: AbortSignal) => Promise<A>,
  second: (stop: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const fail = (error: unknown) => {
    failed.abort(error);
    throw error;
  };
  const [one, other] = await Promise.allSettled([
    first(stop).catch(fail),
    second(stop).catch(fail),
  ]);
  stop.throwIfAborted(); // The first failure is the cause; the second one only its echo.
  if (one.status === "rejected") throw one.reason;
  if (other.status === "rejected") throw other.reason;
  return [one.value, other.value];
}
