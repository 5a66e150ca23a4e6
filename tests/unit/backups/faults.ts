const FUNCTIONS = ["open", "link", "rename", "remove", "lstat", "mkdir", "writeTextFile"] as const;
const METHODS = ["write", "sync", "truncate", "stat", "lock", "read"] as const;

/** A file operation as a person would name it, such as `link db_backup_….dump.tmp`. */
export type Call = string;

/**
 * Calls `before` ahead of every file operation of this process, with its number from 1; what it
 * throws is what the operation seems to have thrown. Ends when it is disposed.
 */
export function watchFiles(before: (n: number, call: Call) => void): Disposable {
  let n = 0;
  const undo: (() => void)[] = [];
  const watch = (owner: object, name: string) => {
    const original = Reflect.get(owner, name);
    Reflect.set(owner, name, async function (this: unknown, ...args: unknown[]) {
      before(++n, `${name} ${typeof args[0] === "string" ? args[0] : ""}`.trim());
      return await Reflect.apply(original, this, args);
    });
    undo.push(() => Reflect.set(owner, name, original));
  };
  for (const name of FUNCTIONS) watch(Deno, name);
  for (const name of METHODS) watch(Deno.FsFile.prototype, name);
  return { [Symbol.dispose]: () => undo.forEach((restore) => restore()) };
}
