import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { selfSigned } from "../../../src/postgres/certificate.ts";

Deno.test("selfSigned() makes a certificate that others can read, of the key that comes with it", () => {
  const { certificate, key } = selfSigned("oakum sandbox");
  const read = new X509Certificate(certificate);
  assert.equal(read.subject, "CN=oakum sandbox");
  assert.equal(read.issuer, read.subject);
  assert.ok(new Date(read.validTo) > new Date("2049-01-01"));
  const text = new TextEncoder().encode("text");
  const signature = sign("sha256", text, createPrivateKey(key));
  const publicKey = createPublicKey(createPrivateKey(key));
  assert.deepEqual(
    read.publicKey.export({ type: "spki", format: "der" }),
    publicKey.export({ type: "spki", format: "der" }),
  );
  assert.ok(verify("sha256", text, read.publicKey, signature));
});

Deno.test("selfSigned() makes another key each time", () => {
  assert.notEqual(selfSigned("a").key, selfSigned("a").key);
});
