// OpenAI's own JavaScript client against the example `chat`: `node openai.js URL PID`.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { APIError, BadRequestError, NotFoundError } from "openai";
import { counts, settled, TEXT } from "./chat.js";

const [url, pid] = process.argv.slice(2);
const client = new OpenAI({ apiKey: "any", baseURL: `${url}/v1`, maxRetries: 0 });
const messages = [{ role: "user", content: "Recite it." }];

test("an answer in one piece", async () => {
  const answer = await client.chat.completions.create({ model: "hare", messages, max_tokens: 3 });
  assert.equal(answer.object, "chat.completion");
  assert.equal(answer.choices[0].message.content, "Call me Ishmael. ");
  assert.equal(answer.choices[0].finish_reason, "length");
  assert.deepEqual(answer.usage, { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 });
});

test("an answer in chunks, to its end", async () => {
  const stream = await client.chat.completions.create({ model: "hare", messages, stream: true });
  let text = "";
  let reason;
  for await (const chunk of stream) {
    assert.equal(chunk.object, "chat.completion.chunk");
    text += chunk.choices[0].delta.content ?? "";
    reason = chunk.choices[0].finish_reason;
    assert.equal(chunk.usage ?? null, null);
  }
  assert.equal(text, TEXT);
  assert.equal(reason, "stop");
});

test("usage comes last where it is asked for", async () => {
  const stream = await client.chat.completions.create({
    model: "hare",
    messages,
    max_completion_tokens: 4,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.deepEqual(chunks.at(-1).usage, { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 });
});

test("the client's own helper puts the chunks together", async () => {
  const stream = client.chat.completions.stream({ model: "hare", messages, max_tokens: 3 });
  const answer = await stream.finalChatCompletion();
  assert.equal(answer.choices[0].message.content, "Call me Ishmael. ");
  assert.equal(answer.choices[0].message.role, "assistant");
});

test("an abort stops the recital", async () => {
  const before = await counts(url);
  const stream = await client.chat.completions.create({ model: "tortoise", messages, stream: true });
  for await (const chunk of stream) {
    if (chunk.choices[0].delta.content) break;
  }
  const after = await settled(url, before);
  assert.equal(after.cancelled, before.cancelled + 1);
  assert.ok(after.recited_words - before.recited_words <= 2, "it went on");
});

test("an abort of an answer in one piece stops the recital", async () => {
  const before = await counts(url);
  const signal = AbortSignal.timeout(100);
  await assert.rejects(
    client.chat.completions.create({ model: "tortoise", messages }, { signal }),
    OpenAI.APIUserAbortError,
  );
  const after = await settled(url, before);
  assert.equal(after.cancelled, before.cancelled + 1);
  assert.ok(after.recited_words - before.recited_words <= 2, "it went on");
});

test("an unknown model is told as such", async () => {
  for (const stream of [false, true]) {
    const error = await client.chat.completions
      .create({ model: "snail", messages, stream })
      .catch((error) => error);
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.code, "model_not_found");
    assert.equal(error.param, "model");
    assert.match(error.message, /no model `snail`/);
  }
});

test("what does not parse is told with its field", async () => {
  const refused = async (body) => {
    const error = await client.chat.completions
      .create({ model: "hare", stream: true, ...body })
      .catch((error) => error);
    assert.ok(error instanceof BadRequestError, String(error));
    assert.equal(error.type, "invalid_request_error");
    return error.message;
  };
  assert.match(await refused({ messages: [] }), /`messages` is empty/);
  assert.match(await refused({ messages: "hello" }), /`messages`.*invalid type: string/);
  assert.match(await refused({ messages: [{ role: "pope", content: "" }] }), /unknown variant `pope`/);
  assert.match(await refused({ messages, max_tokens: 0 }), /`max_tokens`.*nonzero/);
});

// The last test, as nothing is left after it.
test("a stream that the server gives up is an error, not an end", async () => {
  const stream = await client.chat.completions.create({ model: "tortoise", messages, stream: true });
  const read = async () => {
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.role) process.kill(Number(pid), "SIGINT");
    }
  };
  const error = await read().catch((error) => error);
  assert.ok(error instanceof APIError, String(error));
  assert.match(error.message, /going down/);
});
