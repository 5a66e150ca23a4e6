import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { Buffer } from "node:buffer";

/** A certificate and its private key, as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** As DER writes them: ecdsa-with-SHA256, and the attribute of a name that is common. */
const ECDSA_WITH_SHA256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x06, 0x03, 0x55, 0x04, 0x03];
const [INTEGER, BIT_STRING, UTF8, UTC_TIME, SEQUENCE, SET] = [0x02, 0x03, 0x0c, 0x17, 0x30, 0x31];

/** Whatever a clock says, it is in between. */
const VALID = ["000101000000Z", "491231235959Z"];

/** Makes a certificate that nobody else vouches for: enough for a client that asks for encryption. */
export function selfSigned(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const subject = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(name)))),
  );
  const content = der(
    SEQUENCE,
    der(INTEGER, [1, ...randomBytes(8)]),
    ...[algorithm, subject],
    der(SEQUENCE, ...VALID.map((time) => der(UTC_TIME, Buffer.from(time)))),
    ...[subject, publicKey.export({ type: "spki", format: "der" })],
  );
  const signature = der(BIT_STRING, [0], sign("sha256", content, privateKey));
  return {
    certificate: pem("CERTIFICATE", der(SEQUENCE, content, algorithm, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** One value of DER: a tag, the length, what it is made of. */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = parts.flatMap((part) => [...part]);
  return Uint8Array.from([tag, ...lengthOf(bytes.length), ...bytes]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
