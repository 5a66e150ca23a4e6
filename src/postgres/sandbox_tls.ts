import { OakumError } from "../core/errors.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { selfSigned } from "./certificate.ts";

/** Only its owner may read a key, or the server refuses it. */
const WRITE = 'umask 077; cat > "$1"';

/**
 * Puts a certificate that is made for this run where a server looks for its own: an app that asks for
 * encryption gets it from the sandbox, too.
 */
export async function writeCertificate(
  host: CommandHost,
  { folder, user }: { folder: string; user: string },
  signal: AbortSignal,
): Promise<void> {
  const { certificate, key } = selfSigned("oakum sandbox");
  for (const [name, input] of [["server.crt", certificate], ["server.key", key]] as const) {
    const cmd = ["sh", "-c", WRITE, "oakum", `${folder}/${name}`];
    const { code, stderr } = await runCommand(host, { cmd, user, input }, signal);
    if (code === 0) continue;
    throw new OakumError(
      "sandbox-failed",
      "failed",
      `The sandbox server did not start: its certificate cannot be written: ${stderr.trim()}`,
      { hint: "Nothing of yours was touched." },
    );
  }
}
