import { OakumError } from "../core/errors.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { LOOK_AROUND, readFacts, type SidecarFacts } from "./tools.ts";

/** Where a relay leads: a TCP port, on 127.0.0.1 where no address is said, or a Unix socket. */
export type RelayTarget =
  | { readonly port: number; readonly address?: string }
  | { readonly socket: string };

const LOOPBACK = "127.0.0.1";

/** A program that joins its stdin and stdout to a server, found in the database's own image. */
export interface Relay {
  readonly name: string;
  /** The command; values are arguments of their own and never part of a script's text. */
  command(target: RelayTarget): readonly string[] | undefined;
}

// Ends when either side does: a session that the server ended must be seen here as well. The second
// name for stdin is needed because bash gives a background command /dev/null.
const BASH = `exec 3<>"/dev/tcp/$2/$1" 4<&0 || exit 1
trap "" PIPE; cat <&3 & reader=$!; cat <&4 >&3 & writer=$!
wait -n; kill $reader $writer 2>/dev/null; wait`;

// OpenBSD's nc goes on waiting for stdin when the server has closed the connection: a socket in
// CLOSE_WAIT (08) is looked for by its inode, and nc ended. Not by readlink: busybox's takes one file
// alone, fails here, and the loop would take that for the end of nc: seconds later of the session.
const NC = `exec 3<&0; nc "$2" "$1" <&3 3<&- & nc=$!
while sleep 1; do
  sockets=$(ls -l /proc/$nc/fd) || exit
  while read -r _ _ _ state _ _ _ _ _ inode _; do
    case "$state $sockets" in "08 "*"socket:[$inode]"*) kill $nc; exit ;; esac
  done < /proc/net/tcp
done`;

// One process that never forks, so that it may also run where the server is PID 1.
const PERL = `use strict; use IO::Socket; use IO::Socket::UNIX; use IO::Select;
my ($kind, $to, $at) = @ARGV;
my $s = $kind eq "tcp" ? IO::Socket::INET->new(PeerAddr => $at, PeerPort => $to) : IO::Socket::UNIX->new(Peer => $to);
die "cannot connect: $!\\n" unless $s;
sub all { my ($h, $d) = @_; while (length $d) { my $n = syswrite($h, $d); exit 0 unless defined $n; substr($d, 0, $n) = ""; } }
my $select = IO::Select->new($s, \\*STDIN);
while (1) { for my $h ($select->can_read) {
  my $n = sysread($h, my $d, 65536);
  exit 0 unless $n;
  all($h == $s ? \\*STDOUT : $s, $d);
} }`;

const PYTHON = `import os, select, socket, sys
kind, to, at = (sys.argv + [""])[1:4]
s = socket.socket(socket.AF_INET if kind == "tcp" else socket.AF_UNIX)
try: s.connect((at, int(to)) if kind == "tcp" else to)
except OSError as e: sys.exit("cannot connect: %s" % e)
while True:
    for f in select.select([s, 0], [], [])[0]:
        if f is s:
            d = s.recv(65536)
            if not d: sys.exit()
            while d: d = d[os.write(1, d):]
        else:
            d = os.read(0, 65536)
            if not d: sys.exit()
            s.sendall(d)`;

function placeOf({ port, address = LOOPBACK }: { port: number; address?: string }): string[] {
  return [String(port), address];
}

const scripted = (name: string, ...program: string[]): Relay => ({
  name,
  command: (target) =>
    "port" in target
      ? [...program, "tcp", ...placeOf(target)]
      : [...program, "unix", target.socket],
});

/** In the order of preference: what starts fastest first, and last what needs to be watched. */
const RELAYS: readonly Relay[] = [
  {
    name: "socat",
    command: (target) =>
      "port" in target
        ? ["socat", "-", `TCP4:${target.address ?? LOOPBACK}:${target.port}`]
        // A socket's path is the server's own setting; socat would split it at these.
        : /[,:!]/.test(target.socket)
        ? undefined
        : ["socat", "-", `UNIX-CONNECT:${target.socket}`],
  },
  {
    name: "bash",
    command: (target) =>
      "port" in target ? ["bash", "-c", BASH, "oakum", ...placeOf(target)] : undefined,
  },
  scripted("perl", "perl", "-e", PERL),
  scripted("python3", "python3", "-c", PYTHON),
  {
    name: "nc",
    command: (target) =>
      "port" in target ? ["sh", "-c", NC, "oakum", ...placeOf(target)] : undefined,
  },
  {
    name: "nc -U",
    // -N: the server is told when stdin ends.
    command: (target) => "port" in target ? undefined : ["nc", "-N", "-U", target.socket],
  },
];

// busybox's nc has no Unix sockets.
const PROBE = `for name in "$@"; do command -v "$name" >/dev/null 2>&1 && echo "$name"; done
case "$(nc -h 2>&1)" in *"-U"*) echo "nc -U" ;; esac
${LOOK_AROUND}`;

/** What the image of a server has to reach it with. */
export interface Means {
  /** The command that joins its stdin and stdout to the server. */
  readonly relay: readonly string[];
  readonly facts: SidecarFacts;
}

/**
 * Finds a program in the container, where forking does no harm, that can lead to the server, and what
 * else is to be known of it: by one exec, which takes longer than all that is looked for.
 */
export async function findMeans(
  host: CommandHost,
  target: RelayTarget,
  signal?: AbortSignal,
): Promise<Means> {
  const names = RELAYS.map((relay) => relay.name);
  const { stdout } = await runCommand(
    host,
    { cmd: ["sh", "-c", PROBE, "oakum", ...names] },
    signal,
  );
  const present = new Set(stdout.split("\n"));
  for (const relay of RELAYS) {
    const command = present.has(relay.name) ? relay.command(target) : undefined;
    if (command) return { relay: command, facts: readFacts(stdout) };
  }
  const able = RELAYS.filter((relay) => relay.command(target)).map(({ name }) => name).join(", ");
  throw new OakumError(
    "no-relay",
    "refused",
    `The database's image has none of ${able}, so its server cannot be reached.`,
    {
      hint: "port" in target
        ? "Add one of them to the image; netcat is the smallest."
        : "Add one of them to the image, or let the server listen on 127.0.0.1 as well.",
    },
  );
}
