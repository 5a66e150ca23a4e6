/**
 * A path of Windows as it is seen in WSL: `C:\Users\me` is mounted, and `\\wsl.localhost\Debian\srv`
 * is the machine's own. Undefined for any other text.
 */
export function fromWindows(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return undefined;
  const [, own] = /^[\\/]{2}wsl(?:\.localhost|\$)[\\/][^\\/]+([\\/].*)?$/i.exec(path) ?? [];
  if (own !== undefined) return forward(own);
  const [, drive, rest] = /^([A-Za-z]):[\\/](.*)$/.exec(path) ?? [];
  return drive === undefined ? undefined : `/mnt/${drive.toLowerCase()}/${forward(rest!)}`;
}

function forward(path: string): string {
  return path.replaceAll("\\", "/").replace(/(?<=.)\/+$/, "");
}
