/** One revision, and what a rehearsal has to say of it. */
export interface Case {
  /** What it is, and the name of its revision: each has tables of its own. */
  readonly name: string;
  /** Its tables, made before; `big` is above the thresholds of the tests, `small` below. */
  readonly tables?: Readonly<Record<string, "big" | "small" | "wide">>;
  /** SQL on its tables, run before. */
  readonly before?: readonly string[];
  /** The lines of `upgrade()` and `downgrade()`. */
  readonly upgrade: readonly string[];
  readonly downgrade: readonly string[] | "missing";
  readonly doc?: string;
  /** The rules that find something: all of them, in the order of the table. */
  readonly rules: readonly string[];
  /** What their texts say, in that order. */
  readonly says?: readonly RegExp[];
}

/** How many rows a table has. */
export const ROWS = { big: 2000, small: 100, wide: 2000 } as const;

/** The thresholds of the tests: a thousand rows stand for a million. */
export const RULES: Readonly<Record<string, string>> = {
  "blocks-reads": "warn 1000 fail 100000",
  "blocks-writes": "warn 1000 fail 100000",
  "constraint-scan": "warn 1000 fail 100000",
  "not-null-scan": "warn 1000 fail 100000",
  "volatile-default": "warn 1000 fail 100000",
  "many-rows": "warn 1000 fail 100000",
  "fk-without-index": "warn 1000",
  "row-by-row": "warn 100",
  "rewrite-over": "2MB",
  // Not a matter of what is tested here, and a machine that is busy takes its time.
  "long-lock": "off",
};

/** A revision that cannot be undone, and says so. */
export const REFUSES = ['raise NotImplementedError("restore the backup")'];

/** SQL that makes a case's tables and fills them. */
export function setup({ tables = {}, before = [] }: Case): string[] {
  return [...Object.entries(tables).flatMap(([name, kind]) => tableOf(name, kind)), ...before];
}

function tableOf(name: string, kind: keyof typeof ROWS): string[] {
  const pages = kind === "wide"
    ? "(select string_agg(md5(n::text || k), '') from generate_series(1, 45) k)"
    : "''";
  return [
    `create table ${name} (id integer primary key, account integer not null, email text not null,
       code varchar(20), amount integer not null, price numeric(10, 2) not null, spare text,
       pages text not null, at timestamptz not null default now())`,
    `alter table ${name} alter column pages set storage external`,
    `insert into ${name} select n, 1 + n % 50, 'User' || n || '@Example.org', 'c' || n, n, n + 0.25,
       null, ${pages}, '2026-01-01Z' from generate_series(1, ${ROWS[kind]}) n`,
    `analyze ${name}`,
  ];
}
