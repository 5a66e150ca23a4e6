/** What wrote a line into a dump that is no SQL, by how such lines begin. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^time="[^"]*" level=\w+ msg=|^WARN\[\d+\]/, "a message of docker compose"],
  [/^pg_(dump|dumpall|restore)(\.exe)?: (error|fatal)/, "an error of "],
  [/^pg_(dump|dumpall|restore)(\.exe)?: /, "a message of "],
  [/^(mysqldump|mariadb-dump|psql)(\.exe)?: /, "a message of "],
  [/^Password( for user [^:]*)?: ?/, "the question for a password"],
  [/^(What.s next|What is next|Try Docker Debug|Learn more at|docker: )/i, "a message of docker"],
  [
    /^(Error response from daemon|Error: No such container|OCI runtime|the input device)/,
    "a message of docker",
  ],
  [
    /^(Defaulted container|Unable to use a TTY|Error from server|If you don't see a command prompt)/,
    "a message of kubectl",
  ],
  [/^\++ \w/, "a trace of a shell script"],
  [/^(\S*\/)?(ba|z|da|a)?sh: /, "a message of a shell"],
  [/^(WARNING|NOTICE|ERROR|FATAL|PANIC|DETAIL|HINT|LOG|INFO): /i, "a message"],
  [/^(Connection to \S+ closed|Last login|Warning: Permanently added)/, "a message of ssh"],
];

/** Says what wrote a line that is no SQL; undefined for one that is not known. */
export function messageOf(line: string): string | undefined {
  const found = MESSAGES.find(([pattern]) => pattern.test(line));
  if (!found) return undefined;
  return found[1].endsWith("of ") ? found[1] + /^\w+/.exec(line)![0] : found[1];
}

/** What a whole file is that PostgreSQL's tools did not write, with what to do about it. */
export interface Foreign {
  readonly what: string;
  readonly hint: string;
}

const OTHERS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^-- (MySQL|MariaDB) dump|^-- phpMyAdmin SQL Dump|^\) ENGINE=\w+|^\/\*!\d{5} SET |^(CREATE TABLE|INSERT INTO|DROP TABLE)[^'"\n]*`/m,
    "is a dump of MySQL or MariaDB",
    "PostgreSQL does not read their SQL. Bring it into PostgreSQL by pgloader, dump that by pg_dump -Fc, and adopt that file.",
  ],
  [
    /^PRAGMA \w+\s*=/m,
    "is a dump of SQLite",
    "PostgreSQL does not read its SQL. Bring it into PostgreSQL by pgloader, dump that by pg_dump -Fc, and adopt that file.",
  ],
  [
    /^(USE \[.*\]|SET ANSI_NULLS (ON|OFF)|GO)\r?$/m,
    "is a script of SQL Server",
    "PostgreSQL does not read its SQL. Bring it into PostgreSQL by pgloader, dump that by pg_dump -Fc, and adopt that file.",
  ],
  [
    /^\s*<(!doctype|html|\?xml|body|head)/i,
    "is a page of HTML or XML, not a dump",
    "That is what a server sends where a download fails. Open it in a browser, it says why; then download the dump again.",
  ],
  [
    /^\s*(\{\s*["}]|\[\s*["{\]\d])/,
    "is JSON, not a dump",
    "That is what a server sends where a download fails. Read it, it may say why; then download the dump again.",
  ],
];

/** Says what a file is by its beginning, where that is another system's; undefined for the rest. */
export function foreignBy(head: string): Foreign | undefined {
  const text = head.replace(/^\ufeff/, "");
  if (/^-- PostgreSQL database /m.test(text)) return undefined;
  const found = OTHERS.find(([pattern]) => pattern.test(text));
  return found && { what: found[1], hint: found[2] };
}
