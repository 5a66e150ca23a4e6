/**
 * Addresses of the engine's machine, where that is this one and it says them; an app may dial a
 * published port by them. Never fails: without them such an address leads nowhere known.
 */
export async function hostAddresses(engineAddress: string): Promise<ReadonlySet<string>> {
  if (!engineAddress.startsWith("unix:")) return new Set();
  const table = await Deno.readTextFile("/proc/net/fib_trie").catch(() => "");
  return localAddresses(table);
}

/** The addresses that Linux's routing table calls its own, loopback left out. */
export function localAddresses(table: string): ReadonlySet<string> {
  const found = new Set<string>();
  let last = "";
  for (const line of table.split("\n")) {
    last = /\|-- ([\d.]+)$/.exec(line)?.[1] ?? last;
    if (/\/32 host LOCAL$/.test(line) && !last.startsWith("127.")) found.add(last);
  }
  return found;
}
