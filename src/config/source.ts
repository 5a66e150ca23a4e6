/** Where a value came from; what stands first here wins. */
export type Source =
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "file"; readonly path: string; readonly line: number | undefined }
  | { readonly kind: "label"; readonly name: string; readonly container: string }
  | { readonly kind: "default" };

/** A value that knows where it came from. */
export interface Setting<T> {
  readonly value: T;
  readonly source: Source;
}

/** `--app`, `OAKUM_APP`, `/srv/shop/oakum.yaml:3`, `label oakum.workdir of shop-web-1`, `default`. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case "flag":
    case "environment":
      return source.name;
    case "file":
      return source.line === undefined ? source.path : `${source.path}:${source.line}`;
    case "label":
      return `label ${source.name} of ${source.container}`;
    case "default":
      return "default";
  }
}
