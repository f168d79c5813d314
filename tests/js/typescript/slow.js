// How much of a stream a page takes that does not read it: `node slow.js`.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";
import { withPage } from "../browser/page.js";
import { addModule } from "./bundle.js";

// More than all buffers between a server and a page of this machine together.
const MUCH = 1 << 30;
const event = `${":\n".repeat(1 << 15)}data: a\n\n`;
let written = 0;
let isClosed = false;

const server = createServer((request, response) => {
  if (request.url !== "/flood") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.on("close", () => (isClosed = true));
  const write = () => {
    while (written < MUCH) {
      written += event.length;
      if (!response.write(event)) return response.once("drain", write);
    }
  };
  write();
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

// Waits until no more is written: as long as there is room somewhere it is used up at once.
async function full() {
  for (let before = -1; before < written; await setTimeout(500)) before = written;
  return written;
}

await withPage(async (page) => {
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await addModule(page, "./slow.ts");
  assert.equal(await page.evaluate(() => globalThis.module.readOne()), "event");
  const taken = await full();
  console.log(`${taken} bytes were taken for one event that was read`);
  assert.ok(taken < MUCH / 4);
  // It goes on from there, and ends with the subscription.
  const read = Math.ceil((2 * taken) / event.length);
  await page.evaluate(async (read) => {
    for (let events = 0; events < read; events += 1) await globalThis.module.readOne();
  }, read);
  assert.ok(written > taken);
  await page.evaluate(() => globalThis.module.close());
  while (!isClosed) await setTimeout(10);
});
server.closeAllConnections();
server.close();
