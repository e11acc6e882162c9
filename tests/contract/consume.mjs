// Subscribes as an outsider with MQTT 5 and prints each event's id, one a line: PORT CA CERTIFICATE KEY TOPIC COUNT.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const mqtt = require("mqtt");
const [port, ca, cert, key, topic, count] = process.argv.slice(2);
const files = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
const client = mqtt.connect({ protocol: "mqtts", host: "127.0.0.1", port: Number(port), protocolVersion: 5, ...files });
const seen = new Set();
client.on("connect", () => client.subscribe(topic, { qos: 1 }, () => console.log("ready")));
client.on("message", (_topic, payload) => {
  const { id } = JSON.parse(payload.toString());
  if (!seen.has(id)) console.log(id);
  seen.add(id);
  if (seen.size === Number(count)) client.end(false, {}, () => process.exit(0));
});
client.on("error", (error) => { console.error(error.message); process.exit(1); });
