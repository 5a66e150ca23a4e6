import assert from "node:assert/strict";
import { declaredListening, parsePostmaster } from "../../../src/targets/listening.ts";
import { described } from "./containers.ts";

const listening = (cmd: readonly string[], env: readonly string[] = []) => {
  const { port, socketFolder } = declaredListening(described({ name: "db", cmd, env }));
  return [port, socketFolder];
};

Deno.test("declaredListening() reads the port however a command states it", () => {
  const commands = [
    ["postgres", "-p", "5433"],
    ["postgres", "-p5433"],
    ["postgres", "--port=5433"],
    ["postgres", "-c", "port=5433"],
    ["-c", "port=5433"],
    ["postgres", "-c", "PORT='5433'"],
    ["postgres -c max_connections=10 -p 5433"],
  ];
  for (const cmd of commands) assert.deepEqual(listening(cmd), [5433, undefined], cmd.join(" "));
  assert.deepEqual(listening(["postgres"], ["PGPORT=5433"]), [5433, undefined]);
  assert.deepEqual(listening(["postgres", "-p", "1"], ["PGPORT=5433"]), [1, undefined]);
  assert.deepEqual(listening(["postgres", "-c", "port=five"]), [5432, undefined]);
});

Deno.test("declaredListening() knows a server that has a socket only, and its folder", () => {
  const usual = "/var/run/postgresql";
  assert.deepEqual(listening(["postgres", "-c", "listen_addresses="]), [5432, usual]);
  assert.deepEqual(listening(["postgres", "-c", "listen_addresses=''"]), [5432, usual]);
  const elsewhere = ["postgres", "-c", "listen_addresses=", "-k", "/sockets"];
  assert.deepEqual(listening(elsewhere), [5432, "/sockets"]);
  assert.deepEqual(listening(["postgres", "-c", "listen_addresses=*"]), [5432, undefined]);
});

Deno.test("parsePostmaster() reads how a running server listens", () => {
  const file = (port: string, folder: string, address: string) =>
    parsePostmaster(
      ["1", "/data", "1760000000", port, folder, address, "1 2", "ready   "].join("\n"),
    );
  const both = { socketFolder: undefined, alsoSocket: "/run" };
  assert.deepEqual(file("5433", "/run", "*"), { port: 5433, ...both });
  assert.deepEqual(file("5432", "/run", "localhost"), { port: 5432, ...both });
  const alone = { port: 5432, socketFolder: "/run", alsoSocket: undefined };
  assert.deepEqual(file("5432", "/run", ""), alone);
  assert.deepEqual(file("5432", "/run", "172.20.0.3"), alone);
  assert.equal(parsePostmaster("garbage"), undefined);
  assert.equal(parsePostmaster(""), undefined);
});
