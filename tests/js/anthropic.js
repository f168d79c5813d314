// Anthropic's own JavaScript client against the example `chat`: `node anthropic.js URL PID`.
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic, { APIError, BadRequestError, NotFoundError } from "@anthropic-ai/sdk";
import { counts, settled, TEXT } from "./chat.js";

const [url, pid] = process.argv.slice(2);
const client = new Anthropic({ apiKey: "any", baseURL: url, maxRetries: 0 });
const messages = [{ role: "user", content: "Recite it." }];

test("an answer in one piece", async () => {
  const answer = await client.messages.create({ model: "hare", messages, max_tokens: 3 });
  assert.equal(answer.type, "message");
  assert.deepEqual(answer.content, [{ type: "text", text: "Call me Ishmael. " }]);
  assert.equal(answer.stop_reason, "max_tokens");
  assert.deepEqual(answer.usage, { input_tokens: 2, output_tokens: 3 });
});

test("an answer event by event", async () => {
  const stream = await client.messages.create({ model: "hare", messages, max_tokens: 2, stream: true });
  const events = await Array.fromAsync(stream);
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ],
  );
  assert.deepEqual(events[2].delta, { type: "text_delta", text: "Call " });
  assert.equal(events[5].delta.stop_reason, "max_tokens");
  assert.equal(events[5].usage.output_tokens, 2);
});

test("the client's own helper puts the events together, to the end", async () => {
  const stream = client.messages.stream({ model: "hare", messages, max_tokens: 10000 });
  const answer = await stream.finalMessage();
  assert.equal(answer.content[0].text, TEXT);
  assert.equal(answer.stop_reason, "end_turn");
});

test("an abort stops the recital", async () => {
  const before = await counts(url);
  const stream = await client.messages.create({
    model: "tortoise",
    messages,
    max_tokens: 100,
    stream: true,
  });
  for await (const event of stream) {
    if (event.type === "content_block_delta") break;
  }
  const after = await settled(url, before);
  assert.equal(after.cancelled, before.cancelled + 1);
  assert.ok(after.recited_words - before.recited_words <= 2, "it went on");
});

test("an unknown model is told as such", async () => {
  for (const stream of [false, true]) {
    const error = await client.messages
      .create({ model: "snail", messages, max_tokens: 1, stream })
      .catch((error) => error);
    assert.ok(error instanceof NotFoundError, String(error));
    assert.equal(error.error.error.type, "not_found_error");
    assert.match(error.message, /no model `snail`/);
  }
});

test("what does not parse is told with its field", async () => {
  const refused = async (body) => {
    const error = await client.messages
      .create({ model: "hare", messages, max_tokens: 1, stream: true, ...body })
      .catch((error) => error);
    assert.ok(error instanceof BadRequestError, String(error));
    assert.equal(error.error.error.type, "invalid_request_error");
    return error.message;
  };
  assert.match(await refused({ messages: [] }), /`messages` is empty/);
  assert.match(await refused({ messages: "hello" }), /`messages`.*invalid type: string/);
  assert.match(await refused({ max_tokens: undefined }), /`max_tokens`.*missing/);
});

// The last test, as nothing is left after it.
test("a stream that the server gives up is an error, not an end", async () => {
  const stream = await client.messages.create({
    model: "tortoise",
    messages,
    max_tokens: 100,
    stream: true,
  });
  const read = async () => {
    for await (const event of stream) {
      if (event.type === "message_start") process.kill(Number(pid), "SIGINT");
    }
  };
  const error = await read().catch((error) => error);
  assert.ok(error instanceof APIError, String(error));
  assert.equal(error.error.error.type, "overloaded_error");
});
