// A shop's server: makes the calls of each line of its input with Segment's library for Node, and
// answers with the messages as they went out, once all of them have been acknowledged.
import { createInterface } from "node:readline";

import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const PATIENCE_MS = 60_000;

const analytics = new Analytics({ host, writeKey, flushAt: 5, flushInterval: 200 });
const sent = new Map();
const errors = [];
analytics.on("error", (error) => errors.push(String(error.reason ?? error)));
analytics.on("http_request", ({ body }) => {
  for (const message of JSON.parse(body).batch) sent.set(message.messageId, message);
});

for await (const line of createInterface({ input: process.stdin })) {
  sent.clear();
  for (const { call, ...message } of JSON.parse(line)) {
    analytics[call]({ ...message, timestamp: new Date(message.timestamp) });
  }
  await analytics.flush({ timeout: PATIENCE_MS });
  console.log(JSON.stringify({ sent: [...sent.values()], errors }));
}
