import assert from "node:assert/strict";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { startContainer, untilServes } from "./container.ts";

await ensureEngine();

/** A startup packet of protocol 1.0: the server answers with an error and hangs up. */
const PACKET = String.raw`\000\000\000\010\000\001\000\000`;

/** How each tool carries the packet to the server; each prints the answer. */
const RELAYS = {
  bash: ["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/5432; printf '${PACKET}' >&3; cat <&3`],
  nc: ["sh", "-c", `printf '${PACKET}' | nc 127.0.0.1 5432`],
  socat: ["sh", "-c", `printf '${PACKET}' | socat -t 10 - TCP:127.0.0.1:5432`],
  perl: [
    "perl",
    "-MIO::Socket::INET",
    "-e",
    `my $s = IO::Socket::INET->new("127.0.0.1:5432"); syswrite $s, "${PACKET}"; print <$s>`,
  ],
  python3: [
    "python3",
    "-c",
    [
      "import socket, sys",
      "server = socket.create_connection(('127.0.0.1', 5432))",
      `server.sendall(b'${PACKET}')`,
      "sys.stdout.write(server.makefile(errors='replace').read())",
    ].join("\n"),
  ],
} as const;

type Tool = keyof typeof RELAYS;

/** Programs that could carry a connection besides the five, and must be nowhere. */
const OTHERS = ["busybox", "ncat", "telnet", "curl", "wget", "openssl", "ssh", "ruby"];

const IMAGES = {
  "postgres17-only-bash": ["bash"],
  "postgres17-only-nc": ["nc"],
  "postgres17-only-socat": ["socat"],
  "postgres17-only-perl": ["perl"],
  "postgres17-only-python3": ["python3"],
  // Of busybox's applets only nc speaks raw TCP both ways.
  "postgres17-alpine": ["nc"],
  "postgres15-alpine": ["nc"],
  "postgres17": ["bash", "perl"],
  "postgres15": ["bash", "perl"],
} as const satisfies Record<string, readonly Tool[]>;

for (const name of Object.keys(IMAGES) as (keyof typeof IMAGES)[]) {
  const expected: readonly Tool[] = IMAGES[name];
  Deno.test(`${name} can reach its server by ${expected.join(" and ")} and nothing else`, async () => {
    const { [name]: image } = await ensureImages([name]);
    await using server = await startContainer(image, ["--env", "POSTGRES_PASSWORD=secret"]);
    await untilServes(server);

    const present = (program: string) =>
      server.succeeds("sh", "-c", 'command -v "$1"', "sh", program);
    for (const tool of Object.keys(RELAYS) as Tool[]) {
      assert.equal(await present(tool), expected.includes(tool), tool);
      if (!expected.includes(tool)) continue;
      assert.match(await server.exec(...RELAYS[tool]), /^E.*unsupported frontend protocol/, tool);
    }
    if (!name.includes("-only-")) return;
    for (const program of OTHERS) assert.equal(await present(program), false, program);
  });
}
