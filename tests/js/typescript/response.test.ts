import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf } from "../../../sse-runtime/src/typescript/runtime/response.ts";

async function failure(body: BodyInit | null, init: ResponseInit, isRepeatable = true) {
  const answer = await answerOf(new Response(body, init), isRepeatable);
  assert.ok(answer.kind === "failure", answer.kind);
  return answer;
}

test("the wait that a refusal asks for is in seconds, or a date by the clock of the server", async () => {
  const wait = async (headers: HeadersInit) => (await failure(null, { status: 503, headers })).retryAfter;
  const date = "Fri, 31 Dec 1999 23:59:00 GMT";
  assert.equal(await wait({ "retry-after": "5" }), 5_000);
  assert.equal(await wait({ "retry-after": "Fri, 31 Dec 1999 23:59:30 GMT", date }), 30_000);
  assert.equal(await wait({ "retry-after": "Fri, 31 Dec 1999 23:59:30 GMT" }), undefined);
  for (const value of ["soon", "-1", "1.5", ""]) assert.equal(await wait({ "retry-after": value }), undefined, value);
});

test("a problem is told with its members, by the status of the answer", async () => {
  const headers = { "content-type": "application/problem+json; charset=utf-8" };
  const body = '{"status":500,"title":"Gone","detail":"for good","count":12345678901234567890}';
  const { error, isFinal } = await failure(body, { status: 410, headers });
  assert.equal(error.message, "the server answers 410: for good");
  assert.ok(isFinal && error.reason.kind === "status");
  const problem = { status: 410, title: "Gone", detail: "for good", count: 12345678901234567890n };
  assert.deepEqual(error.reason.problem, problem);
  for (const other of ["", "[]", "null", "no JSON", `"${"x".repeat(1 << 17)}"`]) {
    const { error } = await failure(other, { status: 410, headers });
    assert.ok(error.reason.kind === "status" && error.reason.problem === undefined, other.slice(0, 9));
  }
});

test("of an answer that is no stream the beginning is told", async () => {
  let chunks = 0;
  const body = new ReadableStream({
    pull(controller) {
      chunks += 1;
      controller.enqueue(new TextEncoder().encode("ü".repeat(500)));
    },
  });
  const { error, isFinal } = await failure(body, { headers: { "content-type": "text/plain" } });
  assert.ok(chunks < 10, `${chunks} chunks`);
  assert.ok(isFinal && error.reason.kind === "content-type");
  assert.deepEqual([error.reason.contentType, error.reason.excerpt], ["text/plain", "ü".repeat(2 << 10)]);
});

test("what a server may have acted on is asked for again only where it may be", async () => {
  const isFinal = async (status: number, isRepeatable: boolean) =>
    (await failure(null, { status }, isRepeatable)).isFinal;
  for (const status of [408, 425, 429, 503]) assert.equal(await isFinal(status, false), false, `${status}`);
  for (const status of [500, 502, 504]) {
    assert.deepEqual([await isFinal(status, false), await isFinal(status, true)], [true, false], `${status}`);
  }
  for (const status of [201, 400, 404]) assert.equal(await isFinal(status, true), true, `${status}`);
});
