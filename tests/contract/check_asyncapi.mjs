// Reads an AsyncAPI document with the public parser; prints {"version", "channels", "diagnostics"} as one JSON line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { Parser } = require("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const found = diagnostics.map((one) => ({ severity: one.severity, code: one.code, path: one.path.join("."), message: one.message }));
const channels = document ? document.channels().all().map((one) => one.address()) : [];
console.log(JSON.stringify({ version: document?.version() ?? null, channels, diagnostics: found }));
