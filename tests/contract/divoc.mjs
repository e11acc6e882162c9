// Spells and signs certificates with the public JSON-LD library and node's own signatures, nothing of ours.
// Reads {"key": PEM, "documents": [...], "proofs": [...]}, prints [{"graph", "proof", "jws"}] as one JSON line.
import { createHash, createPrivateKey, constants, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const jsonld = require("jsonld");
const { vaccinationContext, vaccinationContextV2 } = require("vaccination-context");
const security = require("security-context").contexts;
const credentials = require("credentials-context").contexts;

const known = {
  "https://www.w3.org/2018/credentials/v1": credentials.get("https://www.w3.org/2018/credentials/v1"),
  "https://w3id.org/security/v2": security.get("https://w3id.org/security/v2"),
  "https://w3id.org/security/v1": security.get("https://w3id.org/security/v1"),
  "https://cowin.gov.in/credentials/vaccination/v1": vaccinationContext,
  "https://cowin.gov.in/credentials/vaccination/v2": vaccinationContextV2,
  "https://www.pedulilindungi.id/credentials/vaccination/v2": vaccinationContextV2,
};
const documentLoader = (url) => {
  if (!known[url]) throw new Error(`nobody reads ${url} here`);
  return { contextUrl: null, documentUrl: url, document: known[url] };
};
const spell = (document) =>
  jsonld.canonize(document, { algorithm: "URDNA2015", format: "application/n-quads", documentLoader });
const sha256 = (text) => createHash("sha256").update(text).digest();

const asked = JSON.parse(readFileSync(process.argv[2], "utf8"));
const key = createPrivateKey(asked.key);
const rsa = key.asymmetricKeyType === "rsa";
const header = Buffer.from(JSON.stringify({ alg: rsa ? "PS256" : "EdDSA", b64: false, crit: ["b64"] })).toString("base64url");
const answers = [];
for (const [at, document] of asked.documents.entries()) {
  const graph = await spell(document);
  const proof = await spell({ "@context": "https://w3id.org/security/v2", ...asked.proofs[at] });
  const data = Buffer.concat([Buffer.from(`${header}.`), sha256(proof), sha256(graph)]);
  const signature = rsa
    ? sign("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
    : sign(null, data, key);
  answers.push({ graph, proof, jws: `${header}..${signature.toString("base64url")}` });
}
console.log(JSON.stringify(answers));
