// EventSource on a stream that ends for good: `node end.js URL`. Requests are counted on their way to
// the server.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { messages, publish, says, withPage } from "./page.js";

const [url] = process.argv.slice(2);

const answers = [];
const proxy = createServer((incoming, outgoing) => {
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url, url), { method, headers }, (answer) => {
    if (incoming.url.includes("/events?")) answers.push([answer.statusCode, headers["last-event-id"]]);
    outgoing.writeHead(answer.statusCode, answer.headers).flushHeaders();
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
});
await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));

await withPage(async (page) => {
  await page.goto(`http://127.0.0.1:${proxy.address().port}/?topic=lunch&limit=2`);
  await says(page, "Connected");
  await publish(page, "alert", "one");
  await publish(page, "alert", "two");
  // The page says so when the EventSource is CLOSED, after which it makes no request ("reestablish
  // the connection" is for CONNECTING alone, HTML §9.2.3).
  await says(page, "Complete");
  assert.deepEqual(await messages(page), ["one", "two"]);
  assert.deepEqual(answers, [
    [200, undefined],
    [204, "sse-runtime:end-of-stream"],
  ]);
});
proxy.closeAllConnections();
proxy.close();
