// Holds the events of a stream to what the document of its server says of them:
// `node events.js FILE.openapi.json OPERATION COUNT URL [BODY]` reads so many events at most, and tells
// their names.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { validate } from "@hyperjump/json-schema/openapi-3-2";

const [file, id, count, url, body] = process.argv.slice(2);

const document = JSON.parse(await readFile(file, "utf8"));
const operations = Object.values(document.paths).flatMap(Object.values);
const operation = operations.find(({ operationId }) => operationId === id);
const { itemSchema } = operation.responses["200"].content["text/event-stream"];
const isEvent = await validate(pathToFileURL(file) + itemSchema.$ref);

const answer = await fetch(url, {
  method: body ? "POST" : "GET",
  headers: { accept: "text/event-stream", ...(body && { "content-type": "application/json" }) },
  body,
});
assert.equal(answer.headers.get("content-type"), "text/event-stream");
const names = [];
let rest = "";
for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
  const blocks = (rest + chunk).split("\n\n");
  rest = blocks.pop();
  for (const event of blocks.map(parsed)) {
    // A block without data is no event.
    if (!("data" in event) || names.length >= count) continue;
    // The document has the schema of JSON right under `data`; `42` may be a text all the same.
    const told = [event, ...asJson(event)].map((event) => isEvent(event, "BASIC"));
    assert.ok(told.some(({ valid }) => valid), `${JSON.stringify(event)}: ${JSON.stringify(told, null, 1)}`);
    names.push(event.event ?? "message");
  }
  if (names.length >= count) break;
}
console.log([...new Set(names)].join(" "));

// The server writes `\n` and one space after each colon, so this is all there is to its blocks.
function parsed(block) {
  const event = {};
  for (const line of block.split("\n").filter((line) => line && !line.startsWith(":"))) {
    const [, name, value] = line.match(/^(\w+): ?(.*)$/);
    if (name === "data" && "data" in event) event.data += `\n${value}`;
    else event[name] = name === "retry" ? Number(value) : value;
  }
  return event;
}

function asJson(event) {
  try {
    return [{ ...event, data: JSON.parse(event.data) }];
  } catch {
    return [];
  }
}
